import { describe, expect, test } from 'vitest';
import { propertiesOf } from '../../src/carriers/properties-of.ts';
import { extract } from '../../src/datadog-extractor.ts';
import { eventBridgeEvent, kinesisRecord, snsEnvelope, snsRecord, sqsRecord } from './deliveries.ts';

const TRACEPARENT = '00-6b0305aa00000000079f1ce5c3953e3c-2c8a5f3e1d4b6a79-01';
const attributes = (text = TRACEPARENT) => ({ traceparent: { DataType: 'String', StringValue: text } });
const detail = JSON.stringify({ order: 1, traceparent: TRACEPARENT });
const LOWER_HALF = {
  traceId: '549189452716916284',
  parentId: '3209482404838992505',
  sampleMode: 1,
  source: 'event',
};

const fromQueue = () => ({ Records: [sqsRecord('m', attributes())] });
const WITH_PLACE: [name: string, event: () => object][] = [
  ['a queue', fromQueue],
  ['an envelope', () => ({ Records: [sqsRecord(snsEnvelope('m', attributes()))] })],
  ['a topic', () => ({ Records: [snsRecord('m', attributes())] })],
  ["EventBridge's", () => JSON.parse(eventBridgeEvent(detail))],
];
const WITHOUT_PLACE: [name: string, event: () => object][] = [
  ["EventBridge's in a queue", () => ({ Records: [sqsRecord(eventBridgeEvent(detail))] })],
  ['a record of a stream', () => ({ Records: [kinesisRecord(detail)] })],
  [
    "Kafka's",
    () => ({
      eventSource: 'aws:kafka',
      records: {
        'orders-0': [{ topic: 'orders', value: '', headers: [{ traceparent: [...Buffer.from(TRACEPARENT)] }] }],
      },
    }),
  ],
];

/** All that an application can see without a look at `_datadog`: keys in their order, values, and what is frozen. */
function seen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.keys(value).map((key) => [key, seen((value as Record<string, unknown>)[key])]);
  return { entries, isFrozen: Object.isFrozen(value), isSealed: Object.isSealed(value), json: JSON.stringify(value) };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) deepFreeze(each);
  return Object.freeze(value);
}

/** Every object in it is a proxy that notes what is defined on it. */
function deepProxy(value: object, defined: unknown[]): object {
  return new Proxy(value, {
    get(target, key) {
      const found: unknown = Reflect.get(target, key);
      return typeof found === 'object' && found !== null ? deepProxy(found, defined) : found;
    },
    defineProperty: (_, key) => defined.push(key) < 0,
    set: (_, key) => defined.push(key) < 0,
  });
}

describe('an event of', () => {
  test.each(WITH_PLACE)('%s looks the same afterwards', (_name, make) => {
    const event = make();
    const before = seen(event);
    expect(extract(event)).toBe(null);
    expect(seen(event)).toEqual(before);
    expect(structuredClone(event)).toEqual(make());
    expect(extract(event), 'asked twice').toBe(null);
  });

  test.each([...WITH_PLACE, ...WITHOUT_PLACE])('%s that is frozen gives the lower half', (_name, make) => {
    const event = deepFreeze(make());
    const before = seen(event);
    expect(extract(event)).toEqual(LOWER_HALF);
    expect(seen(event)).toEqual(before);
  });

  test.each([...WITH_PLACE, ...WITHOUT_PLACE])('%s that is a proxy gives the lower half', (_name, make) => {
    const defined: unknown[] = [];
    expect(extract(deepProxy(make(), defined))).toEqual(LOWER_HALF);
    expect(extract(new Proxy(make(), {}))).toEqual(LOWER_HALF);
    expect(defined).toEqual([]);
  });
});

test('what the application sets afterwards is a property like any other', () => {
  const event = fromQueue();
  extract(event);
  const messageAttributes = event.Records[0]?.messageAttributes as Record<string, unknown>;
  expect(Object.keys(messageAttributes)).toEqual(['traceparent']);
  messageAttributes._datadog = 'own';
  expect(Object.keys(messageAttributes)).toEqual(['traceparent', '_datadog']);
  expect({ ...messageAttributes }._datadog).toBe('own');
});

test('a trace that was not sampled is not', () => {
  const record = kinesisRecord(JSON.stringify({ traceparent: TRACEPARENT.replace(/1$/, '0') }));
  expect(extract({ Records: [record] })?.sampleMode).toBe(0);
});

const padded = (parent = '2c8a5f3e1d4b6a79') => ({
  AWSTraceHeader: `Root=1-6b0305aa-00000000079f1ce5c3953e3c;Parent=${parent};Sampled=1`,
});
const custom = { 'x-datadog-trace-id': '1', 'x-datadog-parent-id': '2' };

test.each<[name: string, event: unknown, lambdaContext?: unknown]>([
  ['_datadog', { Records: [sqsRecord('m', { ...attributes(), _datadog: { DataType: 'String', StringValue: '{}' } })] }],
  ["X-Ray's header in Datadog's form", { Records: [{ ...sqsRecord('m'), attributes: padded() }] }],
  [
    "X-Ray's header of another span",
    { Records: [{ ...sqsRecord('m', attributes()), attributes: padded('aaaaaaaaaaaaaaaa') }] },
  ],
  ['headers', { ...fromQueue(), headers: { traceparent: TRACEPARENT } }],
  ['a client context', fromQueue(), { clientContext: { custom } }],
  ['a state machine', { ...JSON.parse(eventBridgeEvent(detail)), Execution: { Id: 'arn' } }],
])('an event with %s is left to the layer', (_name, event, lambdaContext) => {
  const before = seen(event);
  expect(extract(event, lambdaContext)).toBe(null);
  expect(seen(event)).toEqual(before);
  const [record] = (event as { Records?: { messageAttributes: object }[] }).Records ?? [];
  const added = record && Object.getOwnPropertyDescriptor(record.messageAttributes, '_datadog')?.get;
  expect(added).toBe(undefined);
});

test("where X-Ray's header is of the same span, with half of the trace's id, the layer gets the whole", () => {
  const record = { ...sqsRecord('m', attributes()), attributes: padded() };
  expect(extract({ Records: [record] })).toBe(null);
  const { _datadog } = propertiesOf(propertiesOf(record).messageAttributes);
  expect(JSON.parse(String(propertiesOf(_datadog).stringValue)).traceparent).toBe(TRACEPARENT);
});

const throwing = new Proxy(
  {},
  {
    get: () => {
      throw new Error('no');
    },
  },
);

test.each([
  [undefined],
  [null],
  ['text'],
  [7],
  [{}],
  [[]],
  [{ Records: 7 }],
  [{ Records: [] }],
  [{ Records: [null] }],
  [throwing],
  [{ Records: [throwing] }],
  [{ Records: [{ Sns: null }] }],
  [{ Records: [sqsRecord('{"detail-type"')] }],
  [{ detail: null }],
])('%# gives nothing, and no error', (event) => {
  expect(extract(event)).toBe(null);
});

test('a message that is no place, as its attributes are missing, gives the lower half', () => {
  const { messageAttributes: _, ...record } = sqsRecord(snsEnvelope('m', attributes()));
  expect(extract({ Records: [record] })).toEqual(LOWER_HALF);
});
