// Messages of 1 MiB, in each field in turn, and by how many bytes the heap has grown in the end: once all contexts are dropped, and for
// each that is kept. Started with `--expose-gc`.
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { type Context, ROOT_CONTEXT } from '@opentelemetry/api';
import type * as Bridge from '../../../src/index.ts';
import { LARGE_FIELDS, largeCarrier } from './large-carriers.ts';

const { values } = parseArgs({ options: { messages: { type: 'string', default: '10000' } } });
const require = createRequire(import.meta.url);
const { DatadogPropagator }: typeof Bridge = require('otel-datadog-bridge');
const propagator = new DatadogPropagator();
const getter = {
  keys: (carrier: Record<string, unknown>) => Object.keys(carrier),
  get: (carrier: Record<string, unknown>, name: string) => carrier[name] as string,
};

const KEPT = 20;
const WARM_UP = 200;

function extractMany(count: number): Context[] {
  const kept: Context[] = [];
  for (let index = 0; index < count; index += 1) {
    const carrier = largeCarrier(LARGE_FIELDS[index % LARGE_FIELDS.length] as string, index);
    const context = propagator.extract(ROOT_CONTEXT, carrier, getter);
    propagator.inject(context, {}, { set() {} });
    if (index >= count - KEPT * LARGE_FIELDS.length) kept.push(context);
  }
  return kept;
}

function heap(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

extractMany(WARM_UP);
const before = heap();
const kept = extractMany(Number(values.messages));
const withKept = heap();
const contexts = kept.length;
kept.length = 0;
console.log(JSON.stringify({ grown: heap() - before, keptByContext: Math.round((withKept - before) / contexts) }));
