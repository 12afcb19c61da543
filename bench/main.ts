import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nodeBinary } from '../test/node/node-binary.mjs';

const USAGE = `npm run bench -- propagation | aws | lambda | boot | collector [options]

propagation  compares the cost of writing a context into a message's attributes, and of reading it from them,
             with dd-trace and with OpenTelemetry's own propagators: in one process, interleaved.
aws          compares what a sent SQS message costs under the preload, export included, with dd-trace and with
             OpenTelemetry's own instrumentation: in processes that take turns.
lambda       compares a Lambda function under the layer, its cold start and its invocations, with one under Datadog's
             and one under OpenTelemetry's own instrumentation: under AWS's runtime client, in turn.
collector    measures what a span costs the Collector of otel-config.yaml, with its repair for Datadog and without it, in
             processes that take turns, and what it keeps in memory.

  --node 22,24               versions of Node
  --rounds 15                more of them give a steadier median; of aws, 9; of boot, 20; of collector, 5
  --json                     print JSON instead
  --help                     print this

  propagation
  --contexts 2000            traces for each round and implementation, made anew each time
  --no-growth                without the tables by size

  aws
  --messages 2000            messages for each round and implementation
  --warm-up 2000             messages that each of them sends before, which are not counted
  --dd-trace-export agent    how dd-trace exports: agent, or otlp
  --profile <folder>         keep a CPU profile of each process; what is measured then includes the profiler

  lambda
  --invocations 500          warm invocations for each round and implementation

  collector
  --spans 2500               spans a second; twice and four times as many are sent too
  --seconds 10               for each round and load, after the warm-up`;

interface BenchScript {
  readonly script: string;
  /** Those of the options that it has. */
  readonly options: readonly string[];
  /** Options of Node. */
  readonly flags: readonly string[];
  /** Whether what it measures does not run on Node. */
  readonly isBesideNode?: boolean;
}

const BENCHES: Readonly<Record<string, BenchScript>> = {
  propagation: {
    script: fileURLToPath(new URL('./propagation.ts', import.meta.url)),
    options: ['rounds', 'json', 'contexts', 'growth'],
    flags: [
      '--expose-gc',
      // The largest that Node gives by itself, from the start: as in a process that has run for a while, and large enough to
      // allocate in for a moment without a collection.
      '--min-semi-space-size=16',
      '--max-semi-space-size=16',
    ],
  },
  aws: {
    script: fileURLToPath(new URL('./aws.ts', import.meta.url)),
    options: ['rounds', 'json', 'messages', 'warm-up', 'dd-trace-export', 'profile'],
    flags: [],
  },
  lambda: {
    script: fileURLToPath(new URL('./lambda.ts', import.meta.url)),
    options: ['rounds', 'json', 'invocations'],
    flags: [],
  },
  boot: {
    script: fileURLToPath(new URL('./boot.ts', import.meta.url)),
    options: ['rounds', 'json'],
    flags: [],
  },
  collector: {
    script: fileURLToPath(new URL('./collector.ts', import.meta.url)),
    options: ['rounds', 'json', 'spans', 'seconds'],
    flags: [],
    isBesideNode: true,
  },
};

const FLAGS = ['--disable-warning=ExperimentalWarning'];

const QUIET = {
  DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
  DD_REMOTE_CONFIGURATION_ENABLED: 'false',
  DD_CRASHTRACKING_ENABLED: 'false',
  DD_TRACE_STARTUP_LOGS: 'false',
};

// The launcher's channel: when it is gone, so are we.
for (const event of ['disconnect', 'SIGINT', 'SIGTERM']) process.on(event, () => process.exit(1));
try {
  process.exit(await run());
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

async function run(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    allowNegative: true,
    options: {
      node: { type: 'string', default: '22,24' },
      rounds: { type: 'string' },
      contexts: { type: 'string' },
      growth: { type: 'boolean', default: true },
      messages: { type: 'string' },
      invocations: { type: 'string' },
      'warm-up': { type: 'string' },
      'dd-trace-export': { type: 'string' },
      profile: { type: 'string' },
      spans: { type: 'string' },
      seconds: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [name = 'propagation'] = positionals;
  const bench = new Map(Object.entries(BENCHES)).get(name);
  if (bench === undefined) throw new Error(`there is no bench "${name}", only ${Object.keys(BENCHES).join(', ')}`);
  const options = Object.entries(values).flatMap(([option, value]) => {
    if (!bench.options.includes(option) || value === undefined || value === false) return [];
    return value === true ? [`--${option}`] : [`--${option}=${value}`];
  });
  const argv = [...FLAGS, ...bench.flags, bench.script, ...options];
  const printed: string[] = [];
  const majors = bench.isBesideNode ? ['24'] : values.node.split(',');
  for (const major of majors) printed.push(await measureOn(major, argv, values.json));
  if (values.json) console.log(`[${printed.join(',')}]`);
  return 0;
}

/** What it printed, if it is to be kept. */
async function measureOn(major: string, argv: readonly string[], keep: boolean): Promise<string> {
  const child = spawn(nodeBinary(major), argv, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...QUIET },
    stdio: ['ignore', keep ? 'pipe' : 'inherit', 'inherit'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const exit = once(child, 'exit');
  const printed = child.stdout ? await text(child.stdout) : '';
  const [code, signal] = await exit;
  process.off('exit', kill);
  if (code !== 0) throw new Error(`Node ${major} ended with ${signal ?? code}`);
  return printed.trim();
}
