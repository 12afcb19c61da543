import { createHash } from 'node:crypto';
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { extractEventContext } from '../../../src/index.ts';
import { contextObject } from '../deliveries.ts';

const EXECUTION = String(contextObject({}).Execution.Id);
const STATE = `${EXECUTION}#ship#2026-11-22T15:06:22.931Z`;
const ROOT = 'arn:aws:states:us-east-1:123456789012:execution:root:1';
const STARTED = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '3209366751158030393',
  'x-datadog-sampling-priority': '-1',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000,_dd.p.dm=-4',
  traceparent: '00-6b0305aa00000000079f1ce5c3953e3c-2c89f60e64b95039-01',
};
const TRACE_ID = '6b0305aa00000000079f1ce5c3953e3c';
const SPAN_ID = '2c89f60e64b95039';

/** The two halves of the digest, in hex; the first bit of each is left out. */
function halvesOf(text: string): [string, string] {
  const hex = createHash('sha256').update(text).digest('hex');
  const id = (half: string) => (BigInt(`0x${half}`) & 0x7fff_ffff_ffff_ffffn).toString(16).padStart(16, '0');
  return [id(hex.slice(0, 16)), id(hex.slice(16, 32))];
}
const spanOf = (state: string) => halvesOf(state)[0];
const traceOf = (execution: string) => halvesOf(execution).join('');

function read(event: unknown) {
  const { traceId, spanId, traceState } = trace.getSpanContext(extractEventContext(event)) ?? {};
  return { traceId, spanId, member: traceState?.get('dd') };
}

describe('the context object of a state machine', () => {
  test.each([
    ['alone', contextObject({ order: 1 })],
    ['as a payload', { Payload: contextObject({ order: 1 }) }],
    ['in _datadog', { order: 1, _datadog: contextObject({ order: 1 }) }],
    ['in _datadog of a payload', { Payload: { _datadog: contextObject({}) } }],
    ['with an input of text', contextObject('{}')],
    ['with a _datadog that is nothing', contextObject({ _datadog: null })],
  ])('%s: trace and parent are digests of the execution and the state', (_name, event) => {
    expect(read(event)).toMatchObject({ traceId: traceOf(EXECUTION), spanId: spanOf(STATE) });
  });

  test('a repeated state is another span', () => {
    expect(read(contextObject({}, 2)).spanId).toBe(spanOf(`${STATE}#2#0`));
    const redriven = contextObject({});
    expect(read({ ...redriven, Execution: { ...redriven.Execution, RedriveCount: 1 } }).spanId).toBe(
      spanOf(`${STATE}#0#1`),
    );
    const { RedriveCount: _, ...Execution } = redriven.Execution;
    expect(read({ ...redriven, Execution }).spanId).toBe(spanOf(STATE));
  });

  test('an execution that a trace has started is in that trace, with its decision', () => {
    const expected = { traceId: TRACE_ID, spanId: spanOf(STATE), member: expect.stringMatching(/^s:-1;.*t\.dm:-4/) };
    expect(read(contextObject({ order: 1, _datadog: STARTED }))).toEqual(expected);
    expect(read({ _datadog: { ...contextObject({}), ...STARTED, 'serverless-version': 'v1' } })).toEqual(expected);
  });

  test('one inside of another execution is in the trace of that', () => {
    const event = { _datadog: { ...contextObject({}), RootExecutionId: ROOT, 'serverless-version': 'v1' } };
    expect(read(event)).toMatchObject({ traceId: traceOf(ROOT), spanId: spanOf(STATE) });
  });

  test('an execution that W3C alone has started continues that, for want of a trace of Datadog', () => {
    const { traceparent } = STARTED;
    expect(read(contextObject({ _datadog: { traceparent } }))).toMatchObject({ traceId: TRACE_ID, spanId: SPAN_ID });
  });

  test.each<[name: string, event: object]>([
    ['no state', { Execution: contextObject({}).Execution }],
    ['no execution', { State: contextObject({}).State }],
    ['a state without a name', { ...contextObject({}), State: { EnteredTime: '2026' } }],
    ['numbers', { Execution: { Id: 1 }, State: { Name: 2, EnteredTime: 3 } }],
    ['text', { Execution: 'Id', State: 'Name' }],
    ['a version, and no trace', { ...contextObject({}), 'serverless-version': 'v1' }],
    ['a number for the trace', contextObject({ _datadog: { 'x-datadog-trace-id': 5 } })],
  ])('with %s is none', (_name, event) => {
    expect(extractEventContext(event)).toBe(ROOT_CONTEXT);
  });
});
