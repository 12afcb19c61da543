// Which of several contexts on a message counts, and how much is read to find it.
import { INVALID_SPAN_CONTEXT, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  DatadogPropagator,
  extractEventContext,
  extractMessageContext,
  getExtractedLinks,
} from '../../../src/index.ts';
import { eventBridgeEvent, kinesisRecord, snsEnvelope, snsRecord, sqsRecord } from '../deliveries.ts';

const TRACE_ID = '6b0305aa00000000079f1ce5c3953e3c';
const hex = (id: number) => id.toString(16).padStart(16, '0');
const string = (StringValue: string) => ({ DataType: 'String', StringValue });

/** Each bag has a span of its own, so that the parent tells which one was taken. */
const datadog = (id: number) => ({
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': String(id),
  'x-datadog-sampling-priority': '1',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000',
});
const traceparent = (id: number) => `00-${TRACE_ID}-${hex(id)}-01`;
const onAttributes = (id: number) => ({ _datadog: string(JSON.stringify(datadog(id))) });
const w3cAttributes = (id: number) => ({ traceparent: string(traceparent(id)) });
const detail = (id: number) => JSON.stringify({ order: 1, _datadog: datadog(id) });
const awsTraceHeader = (id: number) => `Root=1-6b0305aa-00000000079f1ce5c3953e3c;Parent=${hex(id)};Sampled=1`;
const withTraceHeader = (record: object, id: number) => ({
  ...record,
  attributes: { AWSTraceHeader: awsTraceHeader(id) },
});

const parentOf = (message: unknown) => trace.getSpanContext(extractMessageContext(message, ROOT_CONTEXT))?.spanId;
const parentOfEvent = (event: unknown, lambdaContext?: unknown) =>
  trace.getSpanContext(extractEventContext(event, lambdaContext))?.spanId;

const INVALID = string(JSON.stringify({ ...datadog(9), 'x-datadog-trace-id': '0' }));

describe('of several bags on a queued message', () => {
  test.each<[name: string, record: object, parent: number]>([
    [
      'the one in the SNS envelope comes before all',
      withTraceHeader(sqsRecord(snsEnvelope('hello', onAttributes(1)), onAttributes(2)), 3),
      1,
    ],
    [
      "EventBridge's comes before the message's",
      withTraceHeader(sqsRecord(eventBridgeEvent(detail(1)), onAttributes(2)), 3),
      1,
    ],
    [
      'that of the envelope comes before what EventBridge put into its text',
      sqsRecord(snsEnvelope(eventBridgeEvent(detail(2)), onAttributes(1))),
      1,
    ],
    ["the message's comes before X-Ray's header", withTraceHeader(sqsRecord('hello', onAttributes(2)), 3), 2],
    ["X-Ray's header is the last", withTraceHeader(sqsRecord('hello'), 3), 3],
    ["an SNS envelope without one leaves it to the message's", sqsRecord(snsEnvelope('hello'), onAttributes(2)), 2],
    [
      "an EventBridge event without one leaves it to the message's",
      sqsRecord(eventBridgeEvent('{"order":1}'), onAttributes(2)),
      2,
    ],
    [
      'so does an envelope with an invalid one',
      sqsRecord(snsEnvelope('hello', { _datadog: INVALID }), onAttributes(2)),
      2,
    ],
    [
      'and an event with an invalid one',
      withTraceHeader(sqsRecord(eventBridgeEvent('{"_datadog":{"x-datadog-trace-id":"x"}}'), { _datadog: INVALID }), 3),
      3,
    ],
    ['and one with baggage alone', sqsRecord(snsEnvelope('hello', { baggage: string('a=b') }), onAttributes(2)), 2],
    ['and a body that is cut off', sqsRecord(eventBridgeEvent(detail(1)).slice(0, -1), onAttributes(2)), 2],
    [
      'W3C alone, in the envelope, counts as any',
      sqsRecord(snsEnvelope('hello', w3cAttributes(1)), onAttributes(2)),
      1,
    ],
    [
      "W3C alone in EventBridge's detail too",
      sqsRecord(eventBridgeEvent(`{"traceparent":"${traceparent(1)}"}`), onAttributes(2)),
      1,
    ],
  ])('%s', (_name, record, parent) => {
    expect(parentOf(record)).toBe(hex(parent));
    expect(parentOfEvent({ Records: [record] })).toBe(hex(parent));
    const { body, messageAttributes, attributes } = record as ReturnType<typeof sqsRecord>;
    const inSdk = { Body: body, MessageAttributes: messageAttributes, Attributes: attributes };
    expect(parentOf(inSdk)).toBe(hex(parent));
  });

  test("only Datadog's form of X-Ray's header is a parent", () => {
    const Attributes = { AWSTraceHeader: `Root=1-6b0305aa-12345678079f1ce5c3953e3c;Parent=${hex(3)};Sampled=0` };
    expect(parentOf({ Attributes })).toBeUndefined();
  });

  test('_datadog with W3C keys alone, in text or as an object', () => {
    const fields = { traceparent: traceparent(1), tracestate: 'dd=s:2;o:rum' };
    const carriers = [
      sqsRecord('hello', { _datadog: string(JSON.stringify(fields)) }),
      sqsRecord(snsEnvelope('hello', { _datadog: string(JSON.stringify(fields)) })),
      sqsRecord(eventBridgeEvent(JSON.stringify({ _datadog: fields }))),
      sqsRecord(eventBridgeEvent(JSON.stringify({ _datadog: JSON.stringify(fields) }))),
      kinesisRecord(JSON.stringify({ _datadog: fields })),
    ];
    for (const carrier of carriers) {
      const context = extractMessageContext(carrier, ROOT_CONTEXT);
      expect(trace.getSpanContext(context)?.traceState?.get('dd')).toBe('s:2;o:rum');
    }
  });

  test.each([
    ["EventBridge's detail", (json: string) => sqsRecord(eventBridgeEvent(json))],
    ['an envelope', (json: string) => sqsRecord(snsEnvelope(eventBridgeEvent(json)))],
    ["Kinesis' data", (json: string) => kinesisRecord(json)],
    ["Kinesis' data in base64", (json: string) => kinesisRecord(Buffer.from(json).toString('base64'))],
  ])('a key inside of _datadog in %s beats the same beside it, which fills in what is missing', (_name, put) => {
    const beside = `"traceparent":"${traceparent(7)}","tracestate":"dd=s:2;o:rum"`;
    const record = put(`{"_datadog":{"traceparent":"${traceparent(1)}"},${beside}}`);
    expect(parentOf(record)).toBe(hex(1));
    const other = put(`{"_datadog":{"traceparent":"${traceparent(7)}"},${beside}}`);
    const spanContext = trace.getSpanContext(extractMessageContext(other, ROOT_CONTEXT));
    expect(spanContext?.traceState?.get('dd')).toBe('s:2;o:rum');
  });

  test.each([
    ["EventBridge's detail", (json: string) => sqsRecord(eventBridgeEvent(json))],
    ['an envelope', (json: string) => sqsRecord(snsEnvelope(eventBridgeEvent(json)))],
    ["Kinesis' data", (json: string) => kinesisRecord(json)],
  ])('ids in %s that are numbers are read by their digits', (_name, put) => {
    const ids = '"x-datadog-trace-id":13580154329220253476,"x-datadog-parent-id": 18207688533711386874';
    const record = put(
      `{"n":12345678901234567890,"_datadog":{"note":"a}\\"{b",${ids},"x-datadog-sampling-priority":1}}`,
    );
    const spanContext = trace.getSpanContext(extractMessageContext(record, ROOT_CONTEXT));
    expect(spanContext).toMatchObject({ traceId: `${'0'.repeat(16)}bc76666964280724`, spanId: 'fcaeb440c0d1f8fa' });
  });
});

describe('the event of a function', () => {
  const clientContext = (id: number) => ({ clientContext: { custom: datadog(id) } });

  test.each<[name: string, event: unknown, lambdaContext: unknown, parent: number | undefined]>([
    ["the event's comes before the client context's", JSON.parse(eventBridgeEvent(detail(1))), clientContext(2), 1],
    ['so does the input of an execution', { order: 1, _datadog: datadog(1) }, clientContext(2), 1],
    ['and a request', { headers: datadog(1) }, clientContext(2), 1],
    ['and a batch', { Records: [sqsRecord('hello', onAttributes(1))] }, clientContext(2), 1],
    ['an event without one leaves it to the client context', { order: 1 }, clientContext(2), 2],
    ['a batch without one too', { Records: [sqsRecord('hello')] }, clientContext(2), 2],
    ['headers without one too', { headers: { accept: '*/*' } }, clientContext(2), 2],
    ['headers with baggage alone too', { headers: { baggage: 'a=b' } }, clientContext(2), 2],
    ['an invalid one too', { _datadog: { ...datadog(1), 'x-datadog-trace-id': '0' } }, clientContext(2), 2],
    ['no event at all too', undefined, clientContext(2), 2],
    ['an event that throws too', hostile(), clientContext(2), 2],
    ['the client context in capitals', {}, { clientContext: { Custom: datadog(2) } }, 2],
    ['_datadog in the client context', {}, { clientContext: { custom: { _datadog: datadog(2) } } }, 2],
    [
      '_datadog comes before the keys beside it',
      {},
      { clientContext: { custom: { ...datadog(3), _datadog: datadog(2) } } },
      2,
    ],
    ['W3C alone in the client context', {}, { clientContext: { custom: { traceparent: traceparent(2) } } }, 2],
    [
      'a client context of something else',
      {},
      { clientContext: { client: { appTitle: 'shop' }, custom: { a: 'b' } } },
      undefined,
    ],
    ['headers come before the input', { headers: datadog(1), _datadog: datadog(2) }, undefined, 1],
    ['W3C alone in the input', { _datadog: { traceparent: traceparent(1) } }, undefined, 1],
    [
      'W3C alone in the payload of OpenTelemetry for Python',
      { headers: { traceparent: traceparent(1) } },
      undefined,
      1,
    ],
    ['the input of an execution as text', { _datadog: JSON.stringify(datadog(1)) }, undefined, 1],
  ])('%s', (_name, event, lambdaContext, parent) => {
    expect(parentOfEvent(event, lambdaContext)).toBe(parent && hex(parent));
  });

  test.each([
    ['Traceparent', { Traceparent: traceparent(1) }],
    ['TRACEPARENT', { TRACEPARENT: traceparent(1) }],
    ['X-Datadog-Trace-Id', { 'X-Datadog-Trace-Id': '5', 'X-DATADOG-PARENT-ID': '1' }],
    ['x-aws-sqsd-attr-_datadog', { 'X-Aws-Sqsd-Attr-_datadog': JSON.stringify(datadog(1)) }],
    ['x-aws-sqsd-attr-traceparent', { 'X-Aws-Sqsd-Attr-traceparent': traceparent(1) }],
  ])('a header named %s, once or in a list', (_name, headers) => {
    const multiValueHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
    expect(parentOfEvent({ headers })).toBe(hex(1));
    expect(parentOfEvent({ headers: null, multiValueHeaders })).toBe(hex(1));
    expect(parentOfEvent({ headers: multiValueHeaders })).toBe(hex(1));
  });

  test.each([
    ['the message on it', { 'x-aws-sqsd-attr-_datadog': JSON.stringify(datadog(2)) }, 2],
    [
      'its own context, if it has one',
      { 'x-aws-sqsd-attr-_datadog': JSON.stringify(datadog(2)), traceparent: traceparent(1) },
      1,
    ],
    [
      'the message, if its own is baggage alone',
      { 'x-aws-sqsd-attr-_datadog': JSON.stringify(datadog(2)), baggage: 'a=b' },
      2,
    ],
    [
      "_datadog's, of both on it",
      {
        'x-aws-sqsd-attr-_datadog': JSON.stringify({ ...datadog(2), traceparent: traceparent(2) }),
        'x-aws-sqsd-attr-traceparent': traceparent(3),
      },
      2,
    ],
  ])("a request of Elastic Beanstalk's daemon has the context of %s", (_name, headers, parent) => {
    const getter = {
      get: (carrier: object, name: string) => new Headers(carrier as Record<string, string>).get(name) ?? undefined,
      keys: Object.keys,
    };
    const extracted = new DatadogPropagator().extract<object>(ROOT_CONTEXT, headers, getter);
    expect(trace.getSpanContext(extracted)?.spanId).toBe(hex(parent));
  });

  test('a batch from a topic, a stream and a queue: the first is the parent, the others are links', () => {
    const none = [
      snsRecord('hello'),
      kinesisRecord('{"order":1}'),
      kinesisRecord('\u0000\u0001'),
      sqsRecord('hello'),
      null,
    ];
    const batches = [
      [1, 2, 3].map((id) => snsRecord('hello', onAttributes(id))),
      [1, 2, 3].map((id) => kinesisRecord(detail(id))),
      [1, 2, 3].map((id) => sqsRecord(snsEnvelope('hello', w3cAttributes(id)))),
      [1, 2, 3].map((id) => snsRecord(eventBridgeEvent(detail(id)))),
    ];
    for (const batch of batches) {
      const context = extractEventContext({ Records: batch.flatMap((record) => [...none, record]) });
      expect(trace.getSpanContext(context)?.spanId).toBe(hex(1));
      expect(getExtractedLinks(context).map(({ context }) => context.spanId)).toEqual([hex(2), hex(3)]);
    }
  });

  test('a record that throws does not take the context of the others', () => {
    const records = [
      hostile(),
      { Sns: hostile() },
      { kinesis: hostile() },
      { body: hostile() },
      sqsRecord('hello', onAttributes(4)),
    ];
    expect(parentOfEvent({ Records: records })).toBe(hex(4));
  });

  test('baggage of a request, or of who invoked, goes on without a span; a member of that name in an event does not', () => {
    const bags = [{ headers: { baggage: 'team=a' } }, { multiValueHeaders: { Baggage: ['team=a'] } }];
    const contexts = [
      ...bags.map((event) => extractEventContext(event)),
      extractEventContext({}, { clientContext: { custom: { baggage: 'team=a' } } }),
    ];
    for (const context of contexts) {
      expect(trace.getSpanContext(context)).toEqual(INVALID_SPAN_CONTEXT);
      expect(propagation.getBaggage(context)?.getEntry('team')?.value).toBe('a');
    }
    const events = [{ baggage: 'team=a' }, { detail: { baggage: 'team=a' } }, { Payload: { baggage: 'team=a' } }];
    for (const event of events) expect(extractEventContext(event)).toBe(ROOT_CONTEXT);
  });
});

describe('a body', () => {
  const parse = vi.spyOn(JSON, 'parse');
  afterEach(() => parse.mockClear());
  const parsedFor = (message: object) => {
    parse.mockClear();
    const parent = parentOf(message);
    const texts = parse.mock.calls.map(([text]) => text);
    return { parent, texts };
  };

  test('without a sign of a context is not parsed', () => {
    const bodies = [
      JSON.stringify({ order: 1, text: 'x'.repeat(100_000) }),
      snsEnvelope('{"order":1}'),
      eventBridgeEvent('{"order":1}'),
      'traceparent _datadog',
      '["_datadog"]',
      '"_datadog"',
      '',
    ];
    for (const body of bodies) {
      const record = sqsRecord(body, w3cAttributes(2));
      expect(parsedFor(record)).toEqual({ parent: hex(2), texts: [] });
    }
    const data = [kinesisRecord('{"order":1}'), kinesisRecord('hello'), kinesisRecord('')];
    for (const record of data) expect(parsedFor(record)).toEqual({ parent: undefined, texts: [] });
  });

  test.each<[name: string, body: string, texts: number, parent: number]>([
    ['an envelope', snsEnvelope('hello', w3cAttributes(1)), 1, 1],
    ['an envelope with nothing in it', snsEnvelope('_datadog'), 1, 2],
    ["EventBridge's", eventBridgeEvent(detail(1)), 1, 1],
    ["EventBridge's in an envelope", snsEnvelope(eventBridgeEvent(detail(1))), 2, 1],
    ["EventBridge's in an envelope, invalid", snsEnvelope(eventBridgeEvent('{"_datadog":{}}')), 2, 2],
    ['one that is cut off', eventBridgeEvent(detail(1)).slice(0, -2), 1, 2],
  ])('of %s is parsed once', (_name, body, texts, parent) => {
    const found = parsedFor(sqsRecord(body, w3cAttributes(2)));
    expect(found.parent).toBe(hex(parent));
    expect(found.texts).toHaveLength(texts);
    expect(new Set(found.texts).size).toBe(texts);
  });

  test('of 10,000 records is parsed as long as there is room for links', () => {
    const records = Array.from({ length: 10_000 }, (_, id) => sqsRecord(eventBridgeEvent(detail(id + 1))));
    parse.mockClear();
    const context = extractEventContext({ Records: records });
    expect(parse).toHaveBeenCalledTimes(101);
    expect(trace.getSpanContext(context)?.spanId).toBe(hex(1));
    expect(getExtractedLinks(context)).toHaveLength(100);
  });
});

/** Throws whatever is asked of it. */
function hostile(): object {
  const fail = () => {
    throw new Error('not for you');
  };
  return new Proxy({}, { get: fail, has: fail, ownKeys: fail, getOwnPropertyDescriptor: fail, getPrototypeOf: fail });
}
