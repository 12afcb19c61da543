import { context, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { DatadogSpanProcessor, lambdaInstrumentationConfig, withMessageContext } from '../../../src/index.ts';
import { eventBridgeEvent, kinesisRecord, snsEnvelope, snsRecord, sqsRecord } from '../deliveries.ts';
import {
  bucketRecord,
  httpApiEvent,
  restApiEvent,
  scheduledEvent,
  tableRecord,
  urlEvent,
  webSocketEvent,
} from '../managed-events.ts';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({
  spanProcessors: [new DatadogSpanProcessor(), new SimpleSpanProcessor(exporter)],
});
provider.register();
afterAll(() => provider.shutdown());

const attributes = {
  traceparent: { DataType: 'String', StringValue: '00-6b0305aa00000000079f1ce5c3953e3c-0252a07dde78ec70-01' },
};
const MESSAGES: readonly object[] = [
  sqsRecord(snsEnvelope('m', attributes), attributes),
  sqsRecord(eventBridgeEvent('{"_datadog":{"traceparent":"x"}}'), attributes),
  snsRecord('m', attributes),
  kinesisRecord('{"_datadog":{}}'),
  tableRecord(),
  bucketRecord(),
  { Data: new TextEncoder().encode('{}'), ApproximateArrivalTimestamp: new Date(), PartitionKey: 'p' },
  { Body: 'b', MessageAttributes: attributes, Attributes: { SentTimestamp: '1795359982699' } },
  {
    topic: 'orders',
    partition: 0,
    offset: 1,
    key: 'aw==',
    headers: [{ traceparent: [48, 48] }, { other: [0, 300, -1] }],
  },
  { key: new TextEncoder().encode('k'), value: null, headers: { traceparent: '00' }, timestamp: '1', offset: '1' },
];
const EVENTS: readonly object[] = [
  ...MESSAGES.map((record) => ({ Records: [record, ...MESSAGES] })),
  JSON.parse(eventBridgeEvent('{"_datadog":{"traceparent":"x"}}')),
  { eventSource: 'aws:kafka', records: { 'orders-0': [MESSAGES.at(-2)], 'orders-1': [] } },
  { requestContext: { requestId: '1', authorizer: { integrationLatency: 1, _datadog: 'e30=', lambda: {} } } },
  restApiEvent(),
  httpApiEvent(),
  webSocketEvent(),
  urlEvent(),
  scheduledEvent(),
];

function throwing(target: object = {}): object {
  const fail = () => {
    throw new Error('no');
  };
  return new Proxy(target, { get: fail, ownKeys: fail, getOwnPropertyDescriptor: fail });
}

const value = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }),
  fc.constantFrom(
    Symbol('s'),
    Number.NaN,
    -1,
    8.64e15 + 1,
    '',
    '0',
    ' ',
    '1e99',
    'a'.repeat(300),
    throwing(),
    throwing([]),
  ),
);
/** One of these with any of its members, at any depth, changed for anything. */
const changed = (whole: readonly object[]) =>
  fc
    .tuple(fc.constantFrom(...whole), fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), value)
    .map(([object, path, put]) => withMember(object, path, put));

function withMember(given: unknown, [step = 0, ...path]: number[], put: unknown): unknown {
  const names = typeof given === 'object' && given !== null && !ArrayBuffer.isView(given) ? Object.keys(given) : [];
  const name = names[step % names.length];
  if (name === undefined) return put;
  const member = path.length === 0 ? put : withMember((given as Record<string, unknown>)[name], path, put);
  return Array.isArray(given)
    ? given.map((each, index) => (String(index) === name ? member : each))
    : { ...(given as object), [name]: member };
}

const OPTIONS = [{ inferredSpans: true }, { inferredSpans: true, links: 'only' }, {}] as const;

test('no event keeps contrib from its span, and every span that is begun ends', () => {
  fc.assert(
    fc.property(fc.oneof(changed(EVENTS), value), value, fc.constantFrom(...OPTIONS), (event, answer, options) => {
      exporter.reset();
      const hooks = lambdaInstrumentationConfig({}, { env: {}, ...options });
      const lambdaContext = {
        awsRequestId: 'r',
        invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
      };
      const parent = hooks.eventContextExtractor(event, lambdaContext);
      const span = trace.getTracer('test').startSpan('invocation', {}, parent);
      hooks.requestHook(span, { event, context: lambdaContext });
      hooks.responseHook(span, answer);
      span.end();
      const spans = exporter.getFinishedSpans();
      expect(spans.at(-1)?.name).toBe('invocation');
      const above = span as unknown as { parentSpanContext?: { spanId: string; isRemote?: boolean } };
      if (above.parentSpanContext && !above.parentSpanContext.isRemote) {
        expect(spans.map((each) => each.spanContext().spanId)).toContain(above.parentSpanContext.spanId);
      }
      for (const { startTime, endTime } of spans) {
        expect(startTime.concat(endTime).every(Number.isFinite)).toBe(true);
        expect(endTime[0]).toBeGreaterThanOrEqual(startTime[0]);
      }
    }),
    { numRuns: 1000 },
  );
});

test('no message keeps its work from being done', () => {
  fc.assert(
    fc.property(fc.oneof(changed(MESSAGES), value), fc.constantFrom(...OPTIONS), (message, options) => {
      exporter.reset();
      const result = {};
      expect(withMessageContext(message, () => result, { env: {}, ...options })).toBe(result);
      expect(exporter.getFinishedSpans().at(-1)?.name).toMatch(/^process/);
      expect(trace.getSpan(context.active())).toBeUndefined();
    }),
    { numRuns: 1000 },
  );
});

test('what is given stays as it was', () => {
  const frozen = (given: unknown): unknown => {
    if (typeof given === 'object' && given !== null && !ArrayBuffer.isView(given))
      Object.values(Object.freeze(given)).forEach(frozen);
    return given;
  };
  for (const event of EVENTS) {
    const before = structuredClone(event);
    const hooks = lambdaInstrumentationConfig({}, { env: {}, inferredSpans: true });
    hooks.eventContextExtractor(frozen(event), {});
    for (const message of MESSAGES) withMessageContext(frozen(message), () => {}, { env: {}, inferredSpans: true });
    expect(event).toEqual(before);
  }
});
