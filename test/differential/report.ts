import { asciiJson } from './ascii-json.ts';
import { configurationsOf, type NamedConfiguration, sharesOf } from './configurations.ts';
import { type Failure, type Outcome, runDifferential } from './differential.ts';
import type { Bridge } from './ours.ts';
import type { PeerName } from './peer.ts';

const SHOWN_FAILURES = 10;

export interface Plan {
  readonly bridge: Bridge;
  readonly peer: PeerName;
  /** Header sets over all configurations. */
  readonly cases: number;
  readonly seed: number;
  readonly first: number;
  /** Name of the one configuration to run under; default: all. */
  readonly configuration: string | undefined;
}

/** Runs the plan and prints what came of it; `false` if a difference has no name. */
export async function differential({ bridge, peer, cases, seed, first, configuration: name }: Plan): Promise<boolean> {
  const shares = name === undefined ? sharesOf(peer, cases) : [[configurationNamed(peer, name), cases] as const];
  let good = true;
  for (const [configuration, share] of shares) {
    if (share === 0) continue;
    const started = performance.now();
    const outcome = await runDifferential({ bridge, peer, configuration, seed, cases: share, first });
    print(peer, configuration.name, seed, outcome, (performance.now() - started) / 1_000);
    good &&= outcome.failed === 0;
  }
  return good;
}

function configurationNamed(peer: PeerName, name: string): NamedConfiguration {
  const known = configurationsOf(peer);
  const named = known.find((configuration) => configuration.name === name);
  if (named !== undefined) return named;
  throw new Error(`--configuration ${name} is none of ${known.map((configuration) => configuration.name).join(', ')}`);
}

function print(peer: PeerName, configuration: string, seed: number, outcome: Outcome, seconds: number): void {
  const { cases, agreed, accepted, failed } = outcome;
  const speed = Math.round(cases / seconds);
  console.log(
    `\n${peer}, ${configuration}, seed ${seed}: ${cases} header sets, ${agreed} agree, ${failed} differ without a name (${speed} a second)`,
  );
  for (const [name, count] of [...accepted].sort(([, one], [, other]) => other - one)) {
    console.log(`${String(count).padStart(8)}  ${name}`);
  }
  const text = failuresText(peer, configuration, seed, outcome);
  if (text !== '') console.log(text);
}

/** The first failures as somebody reads them who has to find out why; `''` for none. */
export function failuresText(peer: PeerName, configuration: string, seed: number, { failures }: Outcome): string {
  return failures
    .slice(0, SHOWN_FAILURES)
    .map((failure) => {
      const again = `--peer ${peer} --configuration ${configuration} --seed ${seed} --first ${failure.index} --cases 1`;
      return `${textOf(failure)}\n    npm run differential -- ${again}`;
    })
    .join('\n');
}

function textOf({ headers, differences }: Failure): string {
  return [
    '  differs without a name:',
    ...Object.entries(headers).map(([name, value]) => `    ${name}: ${asciiJson(value)}`),
    ...differences.map(({ fact, ours, theirs }) => `      ${fact}: ours ${shown(ours)}, theirs ${shown(theirs)}`),
  ].join('\n');
}

function shown(value: string | undefined): string {
  return value === undefined ? 'nothing' : asciiJson(value);
}
