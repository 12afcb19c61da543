import { propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { afterAll, afterEach, expect, test } from 'vitest';
import { processMessages } from '../../../../src/consumers/adapters/process-span.ts';
import { DatadogPropagator, DatadogSpanProcessor } from '../../../../src/index.ts';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({
  spanProcessors: [new DatadogSpanProcessor(), new SimpleSpanProcessor(exporter)],
});
provider.register({ propagator: null });
afterEach(() => {
  exporter.reset();
  propagation.disable();
});
afterAll(() => provider.shutdown());

const id = (number: number, width: number) => number.toString(16).padStart(width, '0');
const message = (number: number) => ({
  MessageAttributes: {
    traceparent: { DataType: 'String', StringValue: `00-${id(number, 32)}-${id(number, 16)}-01` },
  },
});
const messages = (count: number) => Array.from({ length: count }, (_, index) => message(index + 1));

function finished(): ReadableSpan {
  const [span, ...others] = exporter.getFinishedSpans();
  expect(others).toEqual([]);
  if (span === undefined) throw new Error('the span has not ended');
  return span;
}

const linked = ({ links }: ReadableSpan) => links.map(({ context }) => Number.parseInt(context.spanId, 16));

test('the parent is the first message with a context, and each other span is a link once', () => {
  const batch = [{}, null, message(1), message(2), message(1), message(2), {}, message(3)];
  expect(processMessages(batch, { destination: 'orders', attributes: { own: 'v' } }, () => 'done')).toBe('done');
  const span = finished();
  expect(span.parentSpanContext).toMatchObject({ traceId: id(1, 32), spanId: id(1, 16), isRemote: true });
  expect(linked(span)).toEqual([2, 3]);
  expect(span.name).toBe('process orders');
  expect(span.attributes).toMatchObject({ own: 'v', 'messaging.batch.message_count': 8 });
});

test.each([
  [101, 100, undefined],
  [102, 100, 1],
  [1000, 100, 899],
])('of %i messages %i are linked, and the others counted: %s', (count, links, omitted) => {
  processMessages(messages(count), {}, () => {});
  const span = finished();
  expect(linked(span)).toEqual(Array.from({ length: links }, (_, index) => index + 2));
  expect(span.attributes['otel_datadog_bridge.omitted_links']).toBe(omitted);
});

test('a link to the span that was active counts too', () => {
  trace.getTracer('test').startActiveSpan('invocation', (invocation) => {
    processMessages(messages(101), {}, () => {});
    const span = finished();
    expect(span.links).toHaveLength(100);
    expect(span.links[0]?.context).toBe(invocation.spanContext());
    expect(span.attributes['otel_datadog_bridge.omitted_links']).toBe(1);
  });
});

test('what the first carries beside its parent is linked once, whoever puts it on', () => {
  const other = { 'x-datadog-trace-id': '7', 'x-datadog-parent-id': '8', 'x-datadog-sampling-priority': '1' };
  const _datadog = { DataType: 'String', StringValue: JSON.stringify(other) };
  const both = { MessageAttributes: { ...message(1).MessageAttributes, _datadog } };
  processMessages([both, message(2)], {}, () => {});
  expect(linked(finished()).sort()).toEqual([1, 2]);
  expect(finished().parentSpanContext?.spanId).toBe(id(8, 16));
});

test('where new traces are asked for, all are links', () => {
  propagation.setGlobalPropagator(new DatadogPropagator({ extractBehavior: 'restart', env: {} }));
  processMessages(messages(3), {}, () => {});
  expect(finished().parentSpanContext).toBeUndefined();
  expect(linked(finished())).toEqual([1, 2, 3]);
});

test.each([[[]], [undefined], ['text'], [{ length: 1 }]])('%j has no message, and there is no span', (none) => {
  expect(processMessages(none, {}, () => trace.getActiveSpan())).toBeUndefined();
  expect(exporter.getFinishedSpans()).toEqual([]);
});

test('without a context anywhere there is a span', () => {
  processMessages([{}, 'text', 1], {}, () => {});
  expect(finished().parentSpanContext).toBeUndefined();
});

test('what is thrown, or rejected with, goes on as it is', async () => {
  const error = new TypeError('no');
  const failing = () => {
    throw error;
  };
  expect(() => processMessages(messages(2), {}, failing)).toThrow(error);
  await expect(processMessages(messages(2), {}, async () => failing())).rejects.toBe(error);
  expect(exporter.getFinishedSpans().map(({ status }) => status.code)).toEqual([
    SpanStatusCode.ERROR,
    SpanStatusCode.ERROR,
  ]);
});
