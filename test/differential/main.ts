import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Bridge } from './ours.ts';
import { PEER_NAMES, type PeerName } from './peer.ts';
import { differential } from './report.ts';

const USAGE = `npm run differential -- [--peer NAME] [--cases N] [--seed N] [--first N] [--configuration NAME]

Gives random header sets to the propagator and to a real Datadog tracer, and compares what both make of them. Exit code 0 if
all differences are named in test/differential/accepted-differences.ts.

  --peer           ${PEER_NAMES.join(', ')}; default all of them
  --cases          header sets for each peer; default 1000
  --seed           the same seed makes the same header sets; default a new one
  --first          number of the first header set, to see one case again with --cases 1; default 0
  --configuration  of those in test/differential/configurations.ts; default all of them, each with its share of the cases
  --help           print this`;

const DIST = new URL('../../dist/index.js', import.meta.url);
const MAX_SEED = 2 ** 32;

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
  for (const peer of peersNamed(values.peer)) good = (await differential({ ...plan, peer })) && good;
  return good;
}

async function builtBridge(): Promise<Bridge> {
  if (!existsSync(DIST)) throw new Error('dist is not there: npm run build first');
  return (await import(DIST.href)) as Bridge;
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
