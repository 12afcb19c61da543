// What Datadog's own layer for Lambda makes of an event, beside what ours makes of it.
import { trace } from '@opentelemetry/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { extractEventContext } from '../../src/index.ts';
import { DatadogLambda } from '../peers/datadog-lambda-js/datadog-lambda-js.ts';
import { ACCEPTED_DIFFERENCES, type Reading } from './lambda-readings/accepted-differences.ts';
import { type Invocation, invocations } from './lambda-readings/cases.ts';

const CASES = invocations();
let layer: DatadogLambda;

beforeAll(async () => {
  layer = await DatadogLambda.start();
});
afterAll(() => layer?.close());

async function theirReading({ event, clientContext }: Invocation): Promise<Reading> {
  const { traceId, spanId, priority } = await layer.invoke(event, clientContext);
  if (spanId === null) return undefined;
  // What the layer reads from X-Ray's header is text, and what it reads from a number is nothing.
  return {
    traceId: traceId.padStart(32, '0'),
    spanId,
    priority: priority === undefined ? undefined : Number(priority),
  };
}

function ourReading({ event, clientContext }: Invocation): Reading {
  const spanContext = trace.getSpanContext(extractEventContext(event, { clientContext }));
  if (spanContext === undefined) return undefined;
  const { traceId, spanId, traceState } = spanContext;
  const priority = /(?:^|;)s:(-?\d)/.exec(traceState?.get('dd') ?? '')?.[1];
  return { traceId, spanId, priority: priority === undefined ? undefined : Number(priority) };
}

test("Datadog's layer and ours make the same of an event, but for what is accepted", async () => {
  const seen = new Set<string>();
  const differing = [];
  for (const invocation of CASES) {
    const [ours, theirs] = [ourReading(invocation), await theirReading(invocation)];
    if (JSON.stringify(ours) === JSON.stringify(theirs)) continue;
    const accepted = ACCEPTED_DIFFERENCES.find(({ covers }) => covers(invocation, ours, theirs));
    if (accepted) seen.add(accepted.name);
    else differing.push({ name: invocation.name, ours, theirs });
  }
  expect(differing).toEqual([]);
  expect([...seen].sort(), 'each accepted difference shows').toEqual(
    ACCEPTED_DIFFERENCES.map(({ name }) => name).sort(),
  );
  expect(CASES.length).toBeGreaterThan(300);
});
