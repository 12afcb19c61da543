import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nodeBinary } from '../test/node/node-binary.mjs';

const USAGE = `npm run bench -- propagation [options]

Compares the cost of writing a context into a message's attributes, and of reading it from them, with
dd-trace and with OpenTelemetry's own propagators: on each version of Node, in one process, interleaved.

  --node 22,24       versions of Node
  --rounds 15        more of them give a steadier median
  --contexts 2000    traces for each round and implementation, made anew each time
  --no-growth        without the tables by size
  --json             print JSON instead
  --help             print this`;

const BENCHES = { propagation: fileURLToPath(new URL('./propagation.ts', import.meta.url)) };

const FLAGS = [
  '--disable-warning=ExperimentalWarning',
  '--expose-gc',
  // The largest that Node gives by itself, from the start: as in a process that has run for a while, and large enough to
  // allocate in for a moment without a collection.
  '--min-semi-space-size=16',
  '--max-semi-space-size=16',
];

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
      rounds: { type: 'string', default: '15' },
      contexts: { type: 'string', default: '2000' },
      growth: { type: 'boolean', default: true },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [name = 'propagation'] = positionals;
  const script = new Map(Object.entries(BENCHES)).get(name);
  if (script === undefined) throw new Error(`there is no bench "${name}", only ${Object.keys(BENCHES).join(', ')}`);
  const options = [`--rounds=${values.rounds}`, `--contexts=${values.contexts}`];
  if (values.growth) options.push('--growth');
  if (values.json) options.push('--json');
  const printed: string[] = [];
  for (const major of values.node.split(',')) printed.push(await measureOn(major, [script, ...options], values.json));
  if (values.json) console.log(`[${printed.join(',')}]`);
  return 0;
}

/** What it printed, if it is to be kept. */
async function measureOn(major: string, argv: readonly string[], keep: boolean): Promise<string> {
  const child = spawn(nodeBinary(major), [...FLAGS, ...argv], {
    env: { PATH: process.env.PATH, ...QUIET },
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
