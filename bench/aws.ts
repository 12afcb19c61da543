// Measures senders on this version of Node, each in a process of its own, and prints the table; `main.ts` starts it.
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DD_TRACE_EXPORTS, type DdTraceExport, senderSides } from './sender-sides.ts';
import { measureSends } from './sends.ts';
import { printSends } from './tables.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '9' },
    messages: { type: 'string', default: '2000' },
    'warm-up': { type: 'string', default: '2000' },
    'dd-trace-export': { type: 'string', default: 'agent' },
    profile: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const load = { warmUp: Number(values['warm-up']), messages: Number(values.messages) };
const ddTraceExport = values['dd-trace-export'] as DdTraceExport;
if (!DD_TRACE_EXPORTS.includes(ddTraceExport))
  throw new Error(`--dd-trace-export=${ddTraceExport} is none of ${DD_TRACE_EXPORTS.join(', ')}`);

// The processes have a working directory of their own.
const profile = values.profile && resolve(values.profile);

const node = process.version;
const cpu = cpus()[0]?.model ?? '';
if (!values.json) {
  console.log(`\nNode ${node}, ${cpu}; ${rounds} rounds, each of new processes that take turns:`);
  console.log(
    `${load.messages} messages for each, after ${load.warmUp} that are not counted, in which the code is compiled`,
  );
  console.log(
    'us: CPU of the sending process for a message, until its spans have arrived: median (10th-90th percentile)',
  );
  console.log(
    'over the rounds; added: to that of the plain AWS SDK in the same round; bridge by it: median of the ratios of what is',
  );
  console.log(
    'added within a round; export bytes: request bodies, for a message; attributes: names, types and values on a message.',
  );
  console.log(
    ddTraceExport === 'agent'
      ? 'dd-trace exports to the Agent, as it does by default and at less cost than by OTLP; the others export by OTLP.'
      : 'All export by OTLP; to the Agent, as it does by default, dd-trace exports at less cost.',
  );
}
const measured = await measureSends(senderSides(ddTraceExport), { rounds, load, profile });
if (values.json) console.log(JSON.stringify({ node, cpu, rounds, ...load, ddTraceExport, aws: measured }));
else printSends(measured);
