import { createRequire } from 'node:module';
import { ROOT_CONTEXT, type TextMapGetter } from '@opentelemetry/api';
import { Bench } from 'tinybench';
import type * as Bridge from '../src/index.ts';
import { LARGE_FIELDS, largeCarrier, plainCarrier } from '../test/integration/hostile/large-carriers.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** What it costs to read a carrier with 1 MiB in one of its fields. */
export interface Oversize {
  readonly field: string;
  readonly nanoseconds: Spread;
  /** By how much the median is more than that of a carrier in which nothing is long. */
  readonly more: number;
}

const PLAIN = 'nothing';
const CARRIERS = 10;
const WARM_UP_ROUNDS = 2;

const getter: TextMapGetter<Record<string, string>> = {
  keys: (carrier) => Object.keys(carrier),
  get: (carrier, name) => carrier[name],
};

/** Each round has every field once, on texts that nobody has looked at. */
export function measureOversize(rounds: number): Oversize[] {
  const require = createRequire(import.meta.url);
  const { DatadogPropagator }: typeof Bridge = require('otel-datadog-bridge');
  const propagator = new DatadogPropagator();
  const times = new Map([PLAIN, ...LARGE_FIELDS].map((field) => [field, [] as number[]]));
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    const bench = new Bench({ iterations: CARRIERS, time: 0, warmup: false, throws: true });
    for (const field of rotated([...times.keys()], round + WARM_UP_ROUNDS)) {
      const carriers = Array.from({ length: CARRIERS }, (_, index) =>
        field === PLAIN ? plainCarrier() : largeCarrier(field, round * CARRIERS + index),
      );
      const read = () => propagator.extract(ROOT_CONTEXT, carriers.pop() ?? {}, getter) !== ROOT_CONTEXT;
      bench.add(field, read, { async: false });
    }
    globalThis.gc?.();
    bench.runSync();
    for (const { name, result } of round < 0 ? [] : bench.tasks) {
      if ('latency' in result) times.get(name)?.push(result.latency.p50 * 1e6);
    }
  }
  const spreads = [...times].map(([field, values]) => ({ field, nanoseconds: spreadOf(values) }));
  const plain = spreads[0]?.nanoseconds.median ?? Number.NaN;
  return spreads.map((spread) => ({ ...spread, more: spread.nanoseconds.median - plain }));
}

function rotated<T>(values: readonly T[], by: number): T[] {
  const start = by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}
