import { createContextKey, propagation, ROOT_CONTEXT, type TextMapPropagator, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DatadogPropagator } from '../../../src/carriers/datadog-propagator.ts';
import { contextOf, contextOfBatch } from '../../../src/consumers/records.ts';
import { extractionOf, getExtractedLinks } from '../../../src/propagation/extraction.ts';
import { eventBridgeEvent, kinesisRecord, snsEnvelope, sqsRecord } from '../deliveries.ts';

const TRACE_ID = '6b0305aa00000000079f1ce5c3953e3c';
const KEY = createContextKey('other');
const base = trace.setSpanContext(ROOT_CONTEXT.setValue(KEY, 'kept'), {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  traceFlags: 1,
});
const traceparent = (spanId: string) => ({ StringValue: `00-${TRACE_ID}-${spanId}-01` });
const message = (spanId: string) => ({ MessageAttributes: { traceparent: traceparent(spanId) } });

test('a context stands over what base holds, but its span', () => {
  const context = contextOf(message('0252a07dde78ec70'), base);
  expect(context?.getValue(KEY)).toBe('kept');
  expect(context && trace.getSpanContext(context)).toMatchObject({ traceId: TRACE_ID, spanId: '0252a07dde78ec70' });
});

test.each([
  [
    'MessageAttributes of null',
    { MessageAttributes: null, messageAttributes: message('0252a07dde78ec70').MessageAttributes },
  ],
  ['only the spelling of Lambda', { messageAttributes: message('0252a07dde78ec70').MessageAttributes }],
])('a record with %s is read', (_name, record) => {
  expect(contextOf(record, base)).toBeDefined();
});

test.each([undefined, null, 1, 'text', {}, { MessageAttributes: {} }, { MessageAttributes: 'text' }])(
  '%j carries no context',
  (record) => {
    expect(contextOf(record, base)).toBeUndefined();
    expect(contextOfBatch([record, record], base)).toBeUndefined();
  },
);

test('a batch stands over base as its first context does, and its links leave base alone', () => {
  const batch = contextOfBatch([{}, message('00000000000000a1'), message('00000000000000b2')], base)?.context;
  expect(batch?.getValue(KEY)).toBe('kept');
  expect(batch && trace.getSpanContext(batch)?.spanId).toBe('00000000000000a1');
  expect(batch && getExtractedLinks(batch).map(({ context }) => context.spanId)).toEqual(['00000000000000b2']);
  expect(getExtractedLinks(base)).toEqual([]);
});

/** What a record of each kind looks like that carries this span. */
const KINDS: [name: string, record: (spanId: string, order: number) => object][] = [
  ['_datadog', (spanId, order) => sqsRecord(`{"order":${order}}`, { _datadog: string(datadog(spanId)) })],
  ['W3C', (spanId, order) => sqsRecord(`{"order":${order}}`, { traceparent: string(w3c(spanId)) })],
  [
    "EventBridge's body",
    (spanId, order) => sqsRecord(eventBridgeEvent(`{"order":${order},"_datadog":${datadog(spanId)}}`)),
  ],
  [
    "SNS' envelope",
    (spanId, order) =>
      sqsRecord(snsEnvelope(`${order}`, { _datadog: { DataType: 'Binary', StringValue: datadog(spanId) } })),
  ],
  ["Kinesis' data", (spanId, order) => kinesisRecord(`{"order":${order},"_datadog":${datadog(spanId)}}`)],
  ["Kafka's headers", (spanId) => ({ headers: { traceparent: Buffer.from(w3c(spanId)) } })],
  ["X-Ray's header", (spanId) => ({ body: 'b', attributes: { AWSTraceHeader: padded(spanId) } })],
];
const string = (StringValue: string) => ({ DataType: 'String', StringValue });
const w3c = (spanId: string) => `00-${TRACE_ID}-${spanId}-01`;
const padded = (spanId: string) => `Root=1-6b0305aa-00000000079f1ce5c3953e3c;Parent=${spanId};Sampled=1`;
const datadog = (spanId: string) =>
  JSON.stringify({
    'x-datadog-trace-id': '549189452716916284',
    'x-datadog-parent-id': String(BigInt(`0x${spanId}`)),
    'x-datadog-sampling-priority': '1',
  });
const spanIdOf = (id: number) => id.toString(16).padStart(16, '0');

describe.each(KINDS)('of 10,000 records with a context in %s', (_name, record) => {
  let reads = 0;

  beforeAll(() => {
    const propagator = new DatadogPropagator({ env: {} });
    const counting: TextMapPropagator = {
      inject: (...args) => propagator.inject(...args),
      extract(...args) {
        reads += 1;
        return propagator.extract(...args);
      },
      fields: () => propagator.fields(),
    };
    propagation.setGlobalPropagator(counting);
  });
  beforeEach(() => {
    reads = 0;
  });
  afterAll(() => propagation.disable());

  test('those that become parent and links are read, and the other spans are counted', () => {
    // Every tenth is of the same span as the one before.
    const records = Array.from({ length: 10_000 }, (_, index) =>
      record(spanIdOf(index % 10 === 9 ? index : index + 1), index),
    );
    const batch = contextOfBatch(records, ROOT_CONTEXT);
    const { links, omitted } = extractionOf(batch?.context ?? ROOT_CONTEXT);
    expect(batch?.message).toBe(records[0]);
    expect(reads).toBe(101);
    expect(links.map(({ context }) => context.spanId)).toEqual(
      records.flatMap((_, index) => (index % 10 === 9 || index === 0 ? [] : spanIdOf(index + 1))).slice(0, 100),
    );
    expect(1 + links.length + omitted).toBe(9_000);
  });

  test('one of each of twenty spans is read', () => {
    const records = Array.from({ length: 10_000 }, (_, index) => record(spanIdOf((index % 20) + 1), index));
    const { links, omitted } = extractionOf(contextOfBatch(records, ROOT_CONTEXT)?.context ?? ROOT_CONTEXT);
    expect(reads).toBe(20);
    expect([links.length, omitted]).toEqual([19, 0]);
  });
});

test('what has no sign of a context is not among those left out', () => {
  const messages = Array.from({ length: 200 }, (_, index) => message(spanIdOf(index + 1)));
  const others = [{}, null, sqsRecord('text'), sqsRecord('{"order":1}'), kinesisRecord('{}'), { headers: {} }];
  const unpadded = { attributes: { AWSTraceHeader: 'Root=1-6b0305aa-0123456789abcdef01234567;Sampled=0' } };
  const batch = contextOfBatch([...messages, ...others, unpadded], ROOT_CONTEXT);
  expect(extractionOf(batch?.context ?? ROOT_CONTEXT).omitted).toBe(99);
});

test('with links alone the first is one of them, and no parent', () => {
  const records = [{}, message('00000000000000a1'), message('00000000000000b2'), message('00000000000000a1')];
  const batch = contextOfBatch(records, base, 'only');
  expect(batch && trace.getSpanContext(batch.context)).toBeUndefined();
  expect(batch?.context.getValue(KEY)).toBe('kept');
  const links = batch ? getExtractedLinks(batch.context) : [];
  expect(links.map(({ context }) => context.spanId)).toEqual(['00000000000000a1', '00000000000000b2']);
  expect(batch?.message).toBe(records[1]);
});

test('a message that asks for a new trace takes the span of base away, and leaves a link', () => {
  const restarting = new DatadogPropagator({ extractBehavior: 'restart', env: {} });
  propagation.setGlobalPropagator(restarting);
  try {
    const context = contextOf(message('0252a07dde78ec70'), base);
    expect(context && trace.getSpanContext(context)).toBeUndefined();
    expect(context?.getValue(KEY)).toBe('kept');
    const batch = contextOfBatch([{}, message('00000000000000a1'), message('00000000000000b2')], base)?.context;
    expect(batch && trace.getSpanContext(batch)).toBeUndefined();
    const links = batch ? getExtractedLinks(batch) : [];
    expect(links.map(({ context }) => context.spanId)).toEqual(['00000000000000a1', '00000000000000b2']);
  } finally {
    propagation.disable();
  }
});
