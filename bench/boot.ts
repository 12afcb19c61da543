// Measures how processes start on this version of Node under each preload, and prints the tables; `main.ts` starts it.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { measuredOf } from './added.ts';
import { type Boot, FIGURES, type Figure, runBoots } from './boot-runs.ts';
import { bootSides } from './boot-sides.ts';
import type { Spread } from './statistics.ts';
import { printTable } from './tables.ts';

const TITLES: Readonly<Record<Figure, string>> = {
  startMillis: "ms to the application's first line",
  startCpuMillis: 'ms of CPU until then',
  startMebibytes: 'MiB of RSS then',
  answerMillis: 'ms to the first answered request',
  answerCpuMillis: 'ms of CPU until then',
  answerMebibytes: 'MiB of RSS then',
};

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '20' } },
});
const rounds = Number(values.rounds);
const node = process.version;
const cpu = cpus()[0]?.model ?? '';
const sides = await bootSides();
const runs = await runBoots(sides, rounds);
if (values.json) console.log(JSON.stringify({ node, cpu, rounds, boot: measured(runs) }));
else print();

function measured(runs: readonly (readonly Boot[])[]) {
  return sides.map(({ name }, index) => ({
    side: name,
    figures: Object.fromEntries(FIGURES.map((figure) => [figure, measuredOf(figure, runs, index)])),
  }));
}

function print(): void {
  console.log(`\nNode ${node}, ${cpu}; ${rounds} rounds, a process for each in each, each round in another order.`);
  console.log(
    'Median (10th-90th percentile) over the rounds; added: to bare Node in the same round; bridge by it: the',
  );
  console.log('median of what the bridge adds by the median of what this one adds (within a round).');
  for (const figure of FIGURES) {
    printTable([
      [TITLES[figure], '', 'added', 'bridge by it'],
      ...sides.map(({ name }, index) => {
        const { value, added, ratio, ratioInRound } = measuredOf(figure, runs, index);
        const isCompared = index > 0 && index < sides.length - 1;
        return [
          name,
          spread(value),
          index > 0 ? spread(added) : '',
          isCompared ? `${ratio.toFixed(2)} (${ratioInRound.p10.toFixed(2)}-${ratioInRound.p90.toFixed(2)})` : '',
        ];
      }),
    ]);
  }
}

function spread({ median, p10, p90 }: Spread): string {
  return `${median.toFixed(1)} (${p10.toFixed(1)}-${p90.toFixed(1)})`;
}
