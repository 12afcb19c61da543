import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Bridge } from './ours.ts';
import { PEER_NAMES, type PeerName } from './peer.ts';
import { differential, type Plan } from './report.ts';
import { RATES, runSampling, type SamplingBridge } from './sampling.ts';

const USAGE = `npm run differential -- [--peer NAME] [--cases N] [--seed N] [--first N] [--configuration NAME]
       npm run differential -- --sampling [--peer NAME] [--cases N] [--seed N]

Gives random header sets to the propagator and to a real Datadog tracer, and compares what both make of them. Exit code 0 if
all differences are named in test/differential/accepted-differences.ts.

  --peer           ${PEER_NAMES.join(', ')}; default all of them
  --cases          header sets for each peer; default 1000
  --seed           the same seed makes the same header sets; default a new one
  --first          number of the first header set, to see one case again with --cases 1; default 0
  --configuration  of those in test/differential/configurations.ts; default all of them, each with its share of the cases
  --sampling       traces that nobody has decided about instead, at each of ${RATES.length} rates: the same must be kept by the sampler
                   and by the tracer, all of them; --cases is how many at each rate
  --help           print this`;

const DIST = new URL('../../dist/index.js', import.meta.url);
const MAX_SEED = 2 ** 32;
const SHOWN_FAILURES = 10;

// The launcher's channel: when it is gone, so are we, and the oracles with us.
process.on('disconnect', () => process.exit(1));
try {
  process.exit((await main()) ? 0 : 1);
} catch (error) {
  console.error(`differential: ${(error as Error).message}`);
  process.exit(1);
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      peer: { type: 'string' },
      cases: { type: 'string' },
      seed: { type: 'string' },
      first: { type: 'string' },
      configuration: { type: 'string' },
      sampling: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return true;
  }
  const plan = {
    bridge: await builtBridge(),
    cases: wholeNumber('cases', values.cases) ?? 1_000,
    seed: wholeNumber('seed', values.seed) ?? Math.floor(Math.random() * MAX_SEED),
    first: wholeNumber('first', values.first) ?? 0,
    configuration: values.configuration,
  };
  let good = true;
  const compare = values.sampling ? samplingDifferential : differential;
  for (const peer of peersNamed(values.peer)) good = (await compare({ ...plan, peer })) && good;
  return good;
}

async function samplingDifferential({
  bridge,
  peer,
  cases,
  seed,
}: Plan & { bridge: SamplingBridge }): Promise<boolean> {
  let good = true;
  for (const rate of RATES) {
    const { kept, dropped, failed, failures } = await runSampling({ bridge, peer, rate, ids: cases, seed });
    console.log(`${peer}, rate ${rate}, seed ${seed}: ${kept} kept, ${dropped} dropped, ${failed} differ`);
    for (const failure of failures.slice(0, SHOWN_FAILURES)) console.log(`  ${failure}`);
    good &&= failed === 0;
  }
  return good;
}

async function builtBridge(): Promise<Bridge & SamplingBridge> {
  if (!existsSync(DIST)) throw new Error('dist is not there: npm run build first');
  return (await import(DIST.href)) as Bridge & SamplingBridge;
}

function peersNamed(name: string | undefined): readonly PeerName[] {
  if (name === undefined) return PEER_NAMES;
  const peers = PEER_NAMES.filter((peer) => peer === name);
  if (peers.length === 0) throw new Error(`--peer ${name} is none of ${PEER_NAMES.join(', ')}`);
  return peers;
}

function wholeNumber(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,10}$/.test(value)) throw new Error(`--${option} ${value} is not a whole number`);
  return Number(value);
}
