import { createContextKey, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { DatadogPropagator } from '../../../src/carriers/datadog-propagator.ts';
import { contextOf, contextOfBatch } from '../../../src/consumers/records.ts';
import { extractionOf, getExtractedLinks } from '../../../src/propagation/extraction.ts';

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

test('of 10,000 records each is looked at once, 100 spans are links, and the others are counted', () => {
  const looks = { bodies: 0, attributes: 0 };
  const spanIdOf = (id: number) => id.toString(16).padStart(16, '0');
  const records = Array.from({ length: 10_000 }, (_, index) => {
    // Every tenth is of the same span as the one before.
    const { MessageAttributes } = message(spanIdOf(index % 10 === 9 ? index : index + 1));
    return {
      get body() {
        looks.bodies += 1;
        return 'hello';
      },
      get messageAttributes() {
        looks.attributes += 1;
        return MessageAttributes;
      },
    };
  });
  const batch = contextOfBatch(records, ROOT_CONTEXT);
  const { links, omitted } = extractionOf(batch?.context ?? ROOT_CONTEXT);
  expect(looks).toEqual({ bodies: 10_000, attributes: 10_000 });
  expect(links).toHaveLength(100);
  expect(1 + links.length + omitted).toBe(9_000);
  expect(batch?.message).toBe(records[0]);
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
