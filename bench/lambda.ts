// Measures Lambda functions under AWS's runtime client for this version of Node, and prints the table; `main.ts` starts it.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { installedRuntimes, missingForLambdaRuntime } from '../test/peers/lambda-runtime/lambda-runtime.ts';
import type { Measured } from './added.ts';
import { FIGURES, type Figure, type MeasuredLambda, measureLambda } from './lambda-runs.ts';
import { lambdaSides, makeHome } from './lambda-sides.ts';
import type { Spread } from './statistics.ts';
import { printTable } from './tables.ts';

const TITLES: Readonly<Record<Figure, string>> = {
  coldMillis: 'cold start: ms to the first /next',
  coldCpuMillis: 'cold start: ms of CPU',
  firstMillis: 'first invocation: ms to the next /next',
  warmMicros: 'warm invocation: us to the next /next',
  warmCpuMicros: 'warm invocation: us of CPU',
};

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '15' },
    invocations: { type: 'string', default: '500' },
  },
});
const missing = missingForLambdaRuntime();
if (missing !== undefined) throw new Error(missing);
await installedRuntimes();

const rounds = Number(values.rounds);
const [major = ''] = process.versions.node.split('.');
const load = { major, warmUp: 200, invocations: Number(values.invocations) };
const node = process.version;
const cpu = cpus()[0]?.model ?? '';
const home = await makeHome();
let measured: MeasuredLambda[];
try {
  measured = await measureLambda(lambdaSides(home, Number(major)), home, rounds, load);
} finally {
  await home.remove();
}
if (values.json) console.log(JSON.stringify({ node, cpu, rounds, ...load, lambda: measured }));
else print();

function print(): void {
  console.log(`\nNode ${node}, ${cpu}; ${rounds} rounds, a process for each in each; an SQS event with one message of`);
  console.log(
    `dd-trace's; warm: ${load.invocations} invocations after ${load.warmUp}. Median (10th-90th percentile) over the rounds;`,
  );
  console.log(
    'added: to the function with nothing, in the same round; bridge by it: the median of what the bridge adds by',
  );
  console.log('the median of what this one adds (within a round).');
  for (const figure of FIGURES) {
    printTable([
      [TITLES[figure], '', 'added', 'bridge by it', 'spans'],
      ...measured.map(({ side, figures, spans }) => rowOf(side, figures[figure], spans)),
    ]);
  }
}

function rowOf(side: string, { value, added, ratio, ratioInRound }: Measured, spans: number): string[] {
  // One that makes no spans does not do the same.
  const isCompared = spans > 0 && side !== measured.at(-1)?.side;
  return [
    side,
    spread(value, 1),
    side === measured[0]?.side ? '' : spread(added, 1),
    isCompared ? `${ratio.toFixed(2)} (${ratioInRound.p10.toFixed(2)}-${ratioInRound.p90.toFixed(2)})` : '',
    spans.toFixed(1),
  ];
}

function spread({ median, p10, p90 }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${p10.toFixed(digits)}-${p90.toFixed(digits)})`;
}
