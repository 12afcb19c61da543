import { type Context, context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { DatadogSpanProcessor, type MessageContextOptions, withMessageContext } from '../../../src/index.ts';
import { eventBridgeEvent, kinesisRecord, snsEnvelope, snsRecord } from '../deliveries.ts';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({
  spanProcessors: [new DatadogSpanProcessor(), new SimpleSpanProcessor(exporter)],
});
provider.register();
afterEach(() => exporter.reset());
afterAll(() => provider.shutdown());

const SENDER = '0252a07dde78ec70';
const traceparent = `00-6b0305aa00000000079f1ce5c3953e3c-${SENDER}-01`;
const attributes = { traceparent: { DataType: 'String', StringValue: traceparent } };
const SENT = Date.parse('2026-11-22T15:06:22.699Z');
const received = (body = 'hello') => ({
  Body: body,
  MessageAttributes: body === 'hello' ? attributes : {},
  Attributes: { SentTimestamp: String(SENT + 1), ApproximateReceiveCount: '2' },
});
const detail = JSON.stringify({ _datadog: { traceparent } });

const ON: MessageContextOptions = { env: {}, inferredSpans: true };
const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId;

/** The spans from the first to the one in which the message is worked on, each the child of the one before. */
function spansOf(message: unknown, options: MessageContextOptions = ON): ReadableSpan[] {
  exporter.reset();
  withMessageContext(message, () => {}, options);
  const spans = exporter.getFinishedSpans();
  const parents = spans.map((span) => span.parentSpanContext?.spanId);
  expect(parents).toEqual([SENDER, ...spans.slice(0, -1).map(idOf)]);
  return [...spans];
}
const names = (spans: ReadableSpan[]) => spans.map(({ name }) => name);

test.each<[name: string, message: unknown, spans: string[]]>([
  ['SQS', received(), ['aws.sqs', 'process orders']],
  ['SNS, then SQS', received(snsEnvelope('m', attributes)), ['aws.sns', 'aws.sqs', 'process orders']],
  ['EventBridge, then SQS', received(eventBridgeEvent(detail)), ['aws.eventbridge', 'aws.sqs', 'process orders']],
  ['SNS', snsRecord('m', attributes), ['aws.sns', 'process orders']],
  ['EventBridge', JSON.parse(eventBridgeEvent(detail)), ['aws.eventbridge', 'process orders']],
  ['Kinesis', kinesisRecord(JSON.stringify({ traceparent })), ['aws.kinesis', 'process orders']],
  [
    "Kinesis' SDK",
    {
      Data: Buffer.from(JSON.stringify({ traceparent })),
      ApproximateArrivalTimestamp: new Date(SENT),
      PartitionKey: 'p',
    },
    ['aws.kinesis', 'process orders'],
  ],
  [
    'Kafka, which is no managed service',
    { value: null, headers: { traceparent }, timestamp: String(SENT) },
    ['process orders'],
  ],
  ['a queue that was not asked when', { Body: 'hello', MessageAttributes: attributes }, ['process orders']],
])('%s', (_name, message, spans) => {
  expect(names(spansOf(message, { ...ON, destination: 'orders' }))).toEqual(spans);
});

test('the queue is named by who has received from it, and takes the time from sending to now', () => {
  const before = Date.now();
  const [queue] = spansOf(received(), { ...ON, destination: 'orders' }) as [ReadableSpan];
  expect(queue.attributes).toMatchObject({ 'resource.name': 'orders', 'service.name': 'orders', retry_count: 2 });
  expect(queue.startTime).toEqual([1795359982, 700_000_000]);
  expect(queue.endTime[0] * 1000 + queue.endTime[1] / 1e6).toBeGreaterThanOrEqual(before);
  expect(spansOf(received())[0]?.attributes['service.name']).toBe('sqs');
});

test('a message that is worked on again gets no second span', () => {
  const message = received();
  const [queue] = spansOf(message);
  exporter.reset();
  withMessageContext(message, () => {}, ON);
  expect(exporter.getFinishedSpans().map((span) => [span.name, span.parentSpanContext?.spanId])).toEqual([
    ['process', idOf(queue)],
  ]);
});

test('nor does one whose span the preload has made, which is another copy of this package', async () => {
  vi.resetModules();
  const copy = await import('../../../src/index.ts');
  expect(copy.withMessageContext).not.toBe(withMessageContext);
  const message = received();
  const hooks = copy.lambdaInstrumentationConfig({}, ON);
  const invocation = hooks.eventContextExtractor({ Records: [message] }, {});
  exporter.reset();
  withMessageContext(message, () => {}, ON);
  expect(exporter.getFinishedSpans().map((span) => [span.name, span.parentSpanContext?.spanId])).toEqual([
    ['process', trace.getSpanContext(invocation)?.spanId],
  ]);
});

describe('they are made', () => {
  test.each<[options: MessageContextOptions, made: boolean]>([
    [{ env: {} }, false],
    [{ env: { AWS_LAMBDA_FUNCTION_NAME: 'billing' } }, true],
    [{ env: { AWS_LAMBDA_FUNCTION_NAME: 'billing', DD_TRACE_MANAGED_SERVICES: 'false' } }, false],
    [{ env: { AWS_LAMBDA_FUNCTION_NAME: 'billing' }, inferredSpans: false }, false],
    [{ env: { DD_TRACE_MANAGED_SERVICES: 'true' } }, true],
  ])('%j: %s', (options, made) => {
    expect(names(spansOf(received(), options))).toEqual(made ? ['aws.sqs', 'process'] : ['process']);
  });

  test('only where the message is the parent', () => {
    const base: Context = trace.setSpan(ROOT_CONTEXT, trace.getTracer('test').startSpan('active'));
    for (const options of [{ parent: 'active' }, { links: 'only' }] as const) {
      exporter.reset();
      context.with(base, () => withMessageContext(received(), () => {}, { ...ON, ...options }));
      expect(names([...exporter.getFinishedSpans()])).toEqual(['process']);
    }
    exporter.reset();
    withMessageContext({ ...received(), MessageAttributes: {} }, () => {}, ON);
    expect(names([...exporter.getFinishedSpans()])).toEqual(['process']);
  });
});

test.each([
  '{',
  '{"TopicArn":',
  '{"TopicArn":null,"Timestamp":1}',
  '{"TopicArn":"arn","Timestamp":"soon"}',
  '{"detail-type":"x","detail":{"_datadog":1},"time":7}',
  '["TopicArn"]',
  '"detail-type"',
])('a body that is no envelope, %s, adds nothing', (Body) => {
  expect(names(spansOf({ ...received(), Body }))).toEqual(['aws.sqs', 'process']);
});
