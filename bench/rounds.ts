import { Bench } from 'tinybench';
import { bytesPerRun } from './allocation.ts';
import type { Side } from './side.ts';
import { median, type Spread, spreadOf } from './statistics.ts';

/** One thing to do, once for each of its numbers: each of them stands for a context of its own. */
export interface Operation {
  readonly count: number;
  prepare(): void;
  /** The result is a number for which the work must have been done. */
  run(index: number): number;
}

export interface Scenario {
  readonly name: string;
  /** Fresh operations, one for each side, on the same traces. */
  operations(sides: readonly Side[], count: number): Operation[];
}

export interface Effort {
  readonly rounds: number;
  /** Contexts for each side and round. */
  readonly contexts: number;
}

export interface Measured {
  readonly side: string;
  readonly nanoseconds: Spread;
  /** This side's time by the first side's, in the same round. */
  readonly ratio: Spread;
  readonly bytes: number;
}

/** Rounds that are not counted: the compiler is still at it. */
const WARM_UP_ROUNDS = 3;
const CALLS_PER_SAMPLE = 250;
const WARM_UP_SAMPLES = 4;
const ALLOCATION_ROUNDS = 5;
const ALLOCATION_CONTEXTS = 1000;

/** Each round has every side once, each round in another order, so that whatever slows the machine meets all of them. */
export function measure(scenario: Scenario, sides: readonly Side[], { rounds, contexts }: Effort): Measured[] {
  const times: number[][] = sides.map(() => []);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    const means = timesOfRound(
      scenario.operations(sides, contexts + WARM_UP_SAMPLES * CALLS_PER_SAMPLE),
      round + WARM_UP_ROUNDS,
    );
    if (round >= 0) for (const [index, mean] of means.entries()) times[index]?.push(mean);
  }
  const bytes: number[][] = sides.map(() => []);
  for (let round = 0; round < ALLOCATION_ROUNDS; round += 1) {
    const operations = scenario.operations(sides, ALLOCATION_CONTEXTS);
    for (const [index, operation] of operations.entries()) bytes[index]?.push(bytesPerRun(operation));
  }
  const [first = []] = times;
  return sides.map(({ name }, index) => {
    const own = times[index] ?? [];
    return {
      side: name,
      nanoseconds: spreadOf(own),
      ratio: spreadOf(own.map((time, round) => time / (first[round] ?? Number.NaN))),
      bytes: median(bytes[index] ?? []),
    };
  });
}

/** Nanoseconds of a run, the collector's share included. */
function timesOfRound(operations: readonly Operation[], round: number): number[] {
  leaveYoungGeneration();
  const samples = Math.floor(Math.min(...operations.map(({ count }) => count)) / CALLS_PER_SAMPLE);
  const bench = new Bench({
    iterations: samples - WARM_UP_SAMPLES,
    time: 0,
    // No collection is asked for in between: it takes optimized code with it, which then is not there when time is taken. What one
    // that comes by itself has taken is made again in these.
    warmupIterations: WARM_UP_SAMPLES,
    warmupTime: 0,
    throws: true,
  });
  const order = operations.map((_, index) => (index + round) % operations.length);
  for (const index of order) {
    const operation = operations[index];
    if (operation === undefined) continue;
    let next = 0;
    const sample = () => {
      let sum = 0;
      for (const end = next + CALLS_PER_SAMPLE; next < end; next += 1) sum += operation.run(next);
      keep(sum);
    };
    bench.add(String(index), sample, { async: false, beforeAll: () => operation.prepare() });
  }
  bench.runSync();
  return operations.map((_, index) => {
    const result = bench.getTask(String(index))?.result;
    if (result === undefined || !('latency' in result)) throw new Error('a round came to nothing');
    return (result.latency.mean * 1e6) / CALLS_PER_SAMPLE;
  });
}

/** Of what was made for the round: else whoever runs first pays for all of it to be moved. It takes a second collection to be old. */
function leaveYoungGeneration(): void {
  for (let times = 0; times < 2; times += 1) globalThis.gc?.({ type: 'minor' });
}

let sink = 0;

function keep(sum: number): void {
  sink += sum;
  if (!(sink > 0)) throw new Error('an operation came to nothing');
}
