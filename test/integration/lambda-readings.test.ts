// What Datadog's own layer for Lambda makes of an event, beside what ours makes of it.
import { trace } from '@opentelemetry/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { extractEventContext } from '../../src/index.ts';
import { AskedProcess } from '../peers/asked-process.ts';
import { QUIET_TRACER, type RemoteParent } from '../peers/dd-trace-js/sqs-worker.ts';
import { ACCEPTED_DIFFERENCES, type Reading } from './lambda-readings/accepted-differences.ts';
import { type Invocation, invocations } from './lambda-readings/cases.ts';

const LAYER = `${import.meta.dirname}/../peers/datadog-lambda-js`;
const CASES = invocations();
let layer: AskedProcess;

beforeAll(async () => {
  const env = {
    ...QUIET_TRACER,
    AWS_LAMBDA_FUNCTION_NAME: 'billing',
    LAMBDA_TASK_ROOT: LAYER,
    DD_LAMBDA_HANDLER: 'function.handler',
    DD_COLD_START_TRACING: 'false',
    DD_FLUSH_TO_LOG: 'true',
    // No spans of its own for queues and topics, which would be the parents.
    DD_TRACE_MANAGED_SERVICES: 'false',
  };
  layer = await AskedProcess.start(`${LAYER}/host.mjs`, { env });
});
afterAll(() => layer?.close());

async function theirReading({ event, clientContext }: Invocation): Promise<Reading> {
  const context = {
    functionName: 'billing',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:billing',
    awsRequestId: crypto.randomUUID(),
    ...(clientContext !== undefined && { clientContext }),
  };
  const { parent } = await layer.ask<{ parent: RemoteParent }>({ event, context });
  const { traceId, spanId, priority } = parent;
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
