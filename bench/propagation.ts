// Measures in this process, on this version of Node, and prints the tables; `main.ts` starts it.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { bridgeSide } from './bridge-side.ts';
import { ddTraceSide } from './dd-trace-side.ts';
import { measureGrowth } from './growth.ts';
import { openTelemetrySide } from './opentelemetry-side.ts';
import { measureOversize } from './oversize.ts';
import { type Effort, measure, type Scenario } from './rounds.ts';
import { readFrom, readStateFrom, relay, writeFirst, writeFurther, writeRoot } from './scenarios.ts';
import { printGrowth, printOversize, printResults } from './tables.ts';
import { verify } from './verification.ts';
import type { TraceShape } from './wire.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    growth: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '15' },
    contexts: { type: 'string', default: '2000' },
  },
});
const effort: Effort = { rounds: Number(values.rounds), contexts: Number(values.contexts) };

const bridge = bridgeSide();
const ddTrace = ddTraceSide();
const openTelemetry = openTelemetrySide();
const sides = [bridge, ddTrace, openTelemetry];
const datadogSides = [bridge, ddTrace];

const bare: TraceShape = { baggageItems: 0, foreignMembers: 0 };
const laden: TraceShape = { ...bare, baggageItems: 4 };
for (const shape of [bare, laden, { ...bare, foreignMembers: 31 }, { ...bare, tagsLength: 512 }]) {
  verify([bridge, ddTrace], datadogSides, shape);
  verify([bridge, openTelemetry], [bridge, openTelemetry], shape);
}

const writing: Scenario[] = [
  writeFirst('first of an inbound trace', bare),
  writeFirst('first, 4 baggage items', laden),
  writeFurther('further ones of it', bare),
  writeFurther('further, 4 baggage items', laden),
  writeRoot('first of a new trace'),
];
const reading: Scenario[] = [
  readFrom(bridge, datadogSides, "the bridge's", bare),
  readFrom(bridge, datadogSides, "the bridge's, 4 baggage items", laden),
  readFrom(ddTrace, datadogSides, "dd-trace's", bare),
  readFrom(ddTrace, datadogSides, "dd-trace's, 4 baggage items", laden),
  readStateFrom(ddTrace, datadogSides, "dd-trace's, its state asked for", bare),
  relay(ddTrace, datadogSides, "dd-trace's, and sent on", bare),
];
const results = (scenarios: Scenario[]) =>
  scenarios.map((scenario) => ({ name: scenario.name, measured: measure(scenario, sides, effort) }));

const node = process.version;
const cpu = cpus()[0]?.model ?? '';
if (!values.json) {
  console.log(`\nNode ${node}, ${cpu}; ${effort.rounds} rounds of ${effort.contexts} traces for each`);
  console.log(
    'ns: median (10th-90th percentile) over the rounds; /: median of the ratios within a round; OpenTelemetry',
  );
  console.log('reads what it wrote itself; bytes: growth of the heap by one operation, while nothing is collected;');
  console.log('sent on: a child in between, for dd-trace a span that it starts, for the others the context of one');
}
const write = results(writing);
if (!values.json) printResults('write', write);
const read = results(reading);
if (!values.json) printResults('read', read);
const growthEffort: Effort = { rounds: Math.min(effort.rounds, 7), contexts: Math.min(effort.contexts, 1000) };
const growth = values.growth ? measureGrowth(sides, growthEffort) : [];
if (!values.json) for (const axis of growth) printGrowth(axis);
const oversize = values.growth ? measureOversize(effort.rounds) : [];
if (values.json) console.log(JSON.stringify({ node, cpu, effort, write, read, growth, oversize }));
else if (values.growth) printOversize(oversize);
