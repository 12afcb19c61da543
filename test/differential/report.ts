import { asciiJson } from './ascii-json.ts';
import { CONFIGURATIONS, type NamedConfiguration } from './configurations.ts';
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
  /** The one configuration to run under; default: all. */
  readonly configuration: string | undefined;
}

/** Runs the plan and prints what came of it; `false` if a difference has no name. */
export async function differential(plan: Plan): Promise<boolean> {
  const { peer, seed, cases, first, bridge } = plan;
  let good = true;
  for (const [configuration, share] of sharesOf(plan)) {
    if (share === 0) continue;
    const started = performance.now();
    const outcome = await runDifferential({ bridge, peer, configuration, seed, cases: share, first });
    const seconds = (performance.now() - started) / 1_000;
    print(peer, configuration.name, seed, outcome, seconds);
    good &&= outcome.failed === 0;
  }
  if (!good) console.error(`\nAgain: npm run differential -- --peer ${peer} --cases ${cases} --seed ${seed}`);
  return good;
}

function sharesOf({ peer, cases, configuration }: Plan): [NamedConfiguration, number][] {
  const known = CONFIGURATIONS.filter(({ peers }) => peers.includes(peer));
  if (configuration === undefined) return known.map((one) => [one, Math.round((cases * one.share) / 100)]);
  const named = known.filter(({ name }) => name === configuration);
  if (named.length === 0) {
    throw new Error(`--configuration ${configuration} is none of ${known.map(({ name }) => name).join(', ')}`);
  }
  return named.map((one) => [one, cases]);
}

function print(peer: PeerName, configuration: string, seed: number, outcome: Outcome, seconds: number): void {
  const { cases, agreed, accepted, failed, failures } = outcome;
  const speed = Math.round(cases / seconds);
  console.log(
    `\n${peer}, ${configuration}, seed ${seed}: ${cases} header sets, ${agreed} agreed, ${failed} unnamed (${speed} a second)`,
  );
  for (const [name, count] of [...accepted].sort(([, one], [, other]) => other - one)) {
    console.log(`${String(count).padStart(8)}  ${name}`);
  }
  for (const failure of failures.slice(0, SHOWN_FAILURES)) console.log(textOf(failure));
}

/** A failure as somebody reads it who has to find out why. */
export function textOf({ index, headers, differences }: Failure): string {
  return [
    `  case ${index}:`,
    ...Object.entries(headers).map(([name, value]) => `    ${name}: ${asciiJson(value)}`),
    ...differences.map(({ fact, ours, theirs }) => {
      return `      ${fact}: ours ${shown(ours)}, theirs ${shown(theirs)}`;
    }),
  ].join('\n');
}

function shown(value: string | undefined): string {
  return value === undefined ? 'nothing' : asciiJson(value);
}
