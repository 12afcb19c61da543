// Measures what a span costs the Collector of `otel-config.yaml`, with its repair for Datadog and without it, and what it keeps in memory; `main.ts`
// starts it.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { builtCollector } from '../test/peers/collector/build.ts';
import { type CollectorRun, type CollectorSide, runCollector, SIDES } from './collector-runs.ts';
import { median, type Spread, spreadOf } from './statistics.ts';
import { printTable } from './tables.ts';

const LOADS = [1, 2, 4];
const SHORTEST_WAIT_SECONDS = 1;
const WAITS_SECONDS = [SHORTEST_WAIT_SECONDS, 5, 10];
const LOAD_OF_WAITS = 2;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    spans: { type: 'string', default: '2500' },
    seconds: { type: 'string', default: '10' },
  },
});
const rounds = Number(values.rounds);
const spansPerSecond = Number(values.spans);
const millis = Number(values.seconds) * 1000;
const [withRepair, without] = SIDES;
await builtCollector('slim');

interface OfLoad {
  readonly spansPerSecond: number;
  readonly runs: readonly (readonly [CollectorRun, CollectorRun])[];
}

const loads: OfLoad[] = [];
for (const load of LOADS) loads.push(await measureLoad(load * spansPerSecond));
const waits: { seconds: number; mebibytes: Spread }[] = [];
for (const seconds of WAITS_SECONDS) waits.push({ seconds, mebibytes: await measureWait(seconds) });

if (values.json) {
  console.log(JSON.stringify({ cpu: cpus()[0]?.model ?? '', rounds, loads: loads.map(figuresOf), waits }));
} else print();

/** The sides take turns, each in a process of its own, and who begins changes from round to round. */
async function measureLoad(rate: number): Promise<OfLoad> {
  const runs: [CollectorRun, CollectorRun][] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      const first = await run(withRepair, rate, SHORTEST_WAIT_SECONDS);
      runs.push([first, await run(without, rate, SHORTEST_WAIT_SECONDS)]);
    } else {
      const first = await run(without, rate, SHORTEST_WAIT_SECONDS);
      runs.push([await run(withRepair, rate, SHORTEST_WAIT_SECONDS), first]);
    }
  }
  return { spansPerSecond: rate, runs };
}

async function measureWait(seconds: number): Promise<Spread> {
  const runs: CollectorRun[] = [];
  for (let round = 0; round < rounds; round++) {
    runs.push(await run(withRepair, LOAD_OF_WAITS * spansPerSecond, seconds));
  }
  return spreadOf(runs.map(({ mebibytes }) => mebibytes));
}

/** Measures from when memory is full, and decisions are made all the time. */
function run(side: CollectorSide, rate: number, waitSeconds: number): Promise<CollectorRun> {
  const env = { ...side.env, DECISION_WAIT: `${waitSeconds}s` };
  return runCollector({ ...side, env }, rate, { warmUpMillis: waitSeconds * 1000 + 3000, millis });
}

function figuresOf({ spansPerSecond: rate, runs }: OfLoad) {
  return {
    spansPerSecond: rate,
    arrivedPerSecond: median(runs.flat().map((run) => run.spansPerSecond)),
    cpuMicros: spreadOf(runs.map(([run]) => run.cpuMicros)),
    cpuMicrosWithout: spreadOf(runs.map(([, run]) => run.cpuMicros)),
    /** Of one round each: what the repair adds, in percent. */
    repairPercent: spreadOf(runs.map(([run, plain]) => 100 * (run.cpuMicros / plain.cpuMicros - 1))),
    mebibytes: median(runs.map(([run]) => run.mebibytes)),
    mebibytesWithout: median(runs.map(([, run]) => run.mebibytes)),
  };
}

function print(): void {
  console.log(
    `\n${cpus()[0]?.model}; ${rounds} rounds, a process for each side in each, in turn. Spans of a third of the traces say that they`,
  );
  console.log(
    'are kept, of a third that they are dropped, in the trace state alone; 10 % of the rest is kept. CPU time of the',
  );
  console.log(
    'Collector; median (10th-90th percentile) over the rounds. Memory: the most of RSS; decision_wait 1 s in the first table.',
  );
  printTable([
    [
      'spans/s asked for (sent)',
      'us of CPU a span',
      'spans/s per core',
      'without the repair',
      'the repair costs %',
      'MiB',
      'without it',
    ],
    ...loads
      .map(figuresOf)
      .map((row) => [
        `${row.spansPerSecond} (${row.arrivedPerSecond.toFixed(0)})`,
        spread(row.cpuMicros),
        (1e6 / row.cpuMicros.median).toFixed(0),
        (1e6 / row.cpuMicrosWithout.median).toFixed(0),
        spread(row.repairPercent),
        row.mebibytes.toFixed(0),
        row.mebibytesWithout.toFixed(0),
      ]),
  ]);
  printTable([
    [`decision_wait, at ${LOAD_OF_WAITS * spansPerSecond} spans/s`, 'MiB'],
    ...waits.map(({ seconds, mebibytes }) => [`${seconds} s`, spread(mebibytes)]),
  ]);
}

function spread({ median: middle, p10, p90 }: Spread): string {
  return `${middle.toFixed(1)} (${p10.toFixed(1)}-${p90.toFixed(1)})`;
}
