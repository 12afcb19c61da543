import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Bridge } from './bridge.ts';
import { failuresText } from './report.ts';
import { runNeverHarm } from './run.ts';
import { SERVICE_NAMES, SERVICES, type ServiceName } from './services.ts';

const USAGE = `npm run never-harm -- [--sends N] [--seed N] [--first N] [--services NAME,NAME]

Sends random messages to real servers without the bridge and with it: what goes through without it goes through with it, what
arrives is the same but for the context, and no object of the caller's is changed. Exit code 0 if that holds for all.

  --sends     default 100000
  --seed      the same seed makes the same sends; default a new one
  --first     number of the first send, to see one again with --sends 1; default 0
  --services  ${SERVICE_NAMES.join(', ')}; default all of them
  --help      print this`;

const DIST = new URL('../../dist/index.js', import.meta.url);
const MAX_SEED = 2 ** 32;

// The launcher's channel: when it is gone, so are we, and the servers with us.
process.on('disconnect', () => process.exit(1));
try {
  process.exit((await main()) ? 0 : 1);
} catch (error) {
  console.error('never-harm:', error);
  process.exit(1);
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      sends: { type: 'string' },
      seed: { type: 'string' },
      first: { type: 'string' },
      services: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return true;
  }
  if (!existsSync(DIST)) throw new Error('dist is not there: npm run build first');
  const bridge = (await import(DIST.href)) as Bridge;
  const sends = wholeNumber('sends', values.sends) ?? 100_000;
  const seed = wholeNumber('seed', values.seed) ?? Math.floor(Math.random() * MAX_SEED);
  const first = wholeNumber('first', values.first) ?? 0;
  console.log(`${sends} sends, seed ${seed}`);

  const started = performance.now();
  const services = new Map<ServiceName, Awaited<ReturnType<(typeof SERVICES)[ServiceName]['start']>>>();
  try {
    for (const name of namesIn(values.services)) {
      const missing = SERVICES[name].missing();
      if (missing !== undefined) throw new Error(`${name}: ${missing}`);
      services.set(name, await SERVICES[name].start(bridge));
    }
    const result = await runNeverHarm({
      services,
      sends,
      seed,
      first,
      progress: (count) => console.error(`${count} of ${sends}`),
    });
    console.table(result.counts);
    console.log(`${result.failed} failed, in ${Math.round((performance.now() - started) / 1000)} s`);
    const text = failuresText(seed, result);
    if (text !== '') console.log(text);
    return text === '';
  } finally {
    for (const service of services.values()) await service.close();
  }
}

function namesIn(list: string | undefined): readonly ServiceName[] {
  const names = list?.split(',') ?? SERVICE_NAMES;
  return names.map((name) => {
    if (!Object.hasOwn(SERVICES, name)) throw new Error(`--services: ${name} is none of ${SERVICE_NAMES.join(', ')}`);
    return name as ServiceName;
  });
}

function wholeNumber(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,10}$/.test(value)) throw new Error(`--${option} ${value} is not a whole number`);
  return Number(value);
}
