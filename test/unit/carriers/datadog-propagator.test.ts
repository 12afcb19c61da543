import {
  type Context,
  createContextKey,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import { contextSetter } from '@opentelemetry/instrumentation-aws-sdk/build/src/services/MessageAttributes.js';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { describe, expect, test } from 'vitest';
import { DatadogPropagator } from '../../../src/carriers/datadog-propagator.ts';
import { Decoy } from '../../../src/carriers/decoy.ts';
import { readMessageAttribute } from '../../../src/carriers/message-attributes.ts';
import { unsuppressTracing } from '../../../src/carriers/suppression.ts';

const propagator = new DatadogPropagator();
const spanContext = { traceId: '6b0305aa00000000079f1ce5c3953e3c', spanId: '0252a07dde78ec70', traceFlags: 1 };
const context = propagation.setBaggage(
  trace.setSpanContext(ROOT_CONTEXT, spanContext),
  propagation.createBaggage({ team: { value: 'a' } }),
);
const FIELDS = {
  traceparent: '00-6b0305aa00000000079f1ce5c3953e3c-0252a07dde78ec70-01',
  tracestate: 'dd=s:1;p:0252a07dde78ec70;t.dm:-0;t.tid:6b0305aa00000000',
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '167372598629952624',
  'x-datadog-sampling-priority': '1',
  'x-datadog-tags': '_dd.p.dm=-0,_dd.p.tid=6b0305aa00000000',
  baggage: 'team=a',
};

function inject<Carrier>(carrier: Carrier, setter: TextMapSetter, into: Context = context): Carrier {
  propagator.inject(into, carrier, setter);
  return carrier;
}

describe('a text map', () => {
  test('gets every style', () => {
    expect(inject({}, defaultTextMapSetter)).toEqual(FIELDS);
  });

  test('of whatever kind', () => {
    const headers = inject(new Headers(), { set: (carrier, name, value) => carrier.set(name, value) });
    expect(Object.fromEntries(headers)).toEqual(FIELDS);
    const list = inject<string[][]>([], { set: (carrier, name, value) => carrier.push([name, value]) });
    expect(Object.fromEntries(list)).toEqual(FIELDS);
    const closedOver: Record<string, string> = {};
    inject(undefined, { set: (_carrier, name, value) => Object.assign(closedOver, { [name]: value }) });
    expect(closedOver).toEqual(FIELDS);
  });

  test('from a setter that wrote attributes before', () => {
    let writesAttributes = true;
    const setter: TextMapSetter<Record<string, unknown>> = {
      set: (carrier, name, value) => {
        carrier[name] = writesAttributes ? { DataType: 'String', StringValue: value } : value;
      },
    };
    for (writesAttributes of [true, false, true, false]) {
      expect(inject({}, setter)).toEqual(writesAttributes ? inject({}, contextSetter) : FIELDS);
    }
  });

  test('gets nothing without a context, or while tracing is suppressed', () => {
    const suppressed = context.setValue(createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);
    expect(inject({}, defaultTextMapSetter, ROOT_CONTEXT)).toEqual({});
    expect(inject({}, defaultTextMapSetter, suppressed)).toEqual({});
    expect(inject({}, defaultTextMapSetter, unsuppressTracing(suppressed))).toEqual(FIELDS);
  });
});

describe('the attributes of a message, written by contrib', () => {
  const own = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`own${index}`, { DataType: 'String', StringValue: 'v' }]),
    );

  test('are as many as the propagator names, and no more than those of plain OpenTelemetry', () => {
    expect(propagator.fields()).toEqual(['_datadog', 'traceparent', 'tracestate']);
    expect(Object.keys(inject({}, contextSetter)).sort()).toEqual(propagator.fields());
  });

  test('hold every field in _datadog', () => {
    const { _datadog, traceparent, tracestate } = inject<ReturnType<typeof own>>({}, contextSetter);
    expect(JSON.parse(_datadog?.StringValue ?? '')).toEqual(FIELDS);
    expect(_datadog?.DataType).toBe('String');
    expect(traceparent).toEqual({ DataType: 'String', StringValue: FIELDS.traceparent });
    expect(tracestate).toEqual({ DataType: 'String', StringValue: FIELDS.tracestate });
  });

  test.each([
    [7, ['_datadog', 'traceparent', 'tracestate']],
    [8, ['_datadog', 'traceparent']],
    [9, ['_datadog']],
    [10, []],
  ])('beside %i of the application leave it at ten', (count, names) => {
    const written = Object.keys(inject(own(count), contextSetter));
    expect(written.slice(0, count)).toEqual(Object.keys(own(count)));
    expect(written.slice(count).sort()).toEqual(names);
  });

  test('take the place of those of an earlier send', () => {
    const carrier = { ...own(8), _datadog: { DataType: 'Binary', BinaryValue: Buffer.from('{}') } };
    expect(Object.keys(inject(carrier, contextSetter))).toHaveLength(10);
    expect(readMessageAttribute(carrier._datadog)).toContain(FIELDS['x-datadog-trace-id']);
  });

  test.each([
    ['aws.sns', 'Binary'],
    ['aws_sns', 'Binary'],
    ['aws.sqs', 'String'],
    ['aws_sqs', 'String'],
    [undefined, 'String'],
  ])('in a span of %s have _datadog as %s', (system, dataType) => {
    const attributes = system === undefined ? {} : { 'messaging.system': system };
    const span = new NodeTracerProvider().getTracer('test').startSpan('send', { attributes });
    const carrier = inject<Record<string, { DataType: string }>>({}, contextSetter, trace.setSpan(ROOT_CONTEXT, span));
    expect(carrier._datadog?.DataType).toBe(dataType);
    expect(carrier.traceparent?.DataType).toBe('String');
    const extracted = propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
    expect(trace.getSpanContext(extracted)).toMatchObject({ traceId: span.spanContext().traceId, isRemote: true });
  });

  test('are not written on what is never sent', () => {
    expect(Object.keys(inject(new Decoy(), contextSetter))).toEqual([]);
  });
});

describe('what stands inside _datadog and beside it', () => {
  const inside = { 'x-datadog-trace-id': '1', 'x-datadog-parent-id': '2', 'x-datadog-sampling-priority': '2' };
  const extract = (carrier: object) => {
    const extracted = propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
    return inject<Record<string, string>>({}, defaultTextMapSetter, extracted);
  };

  test.each([
    ['JSON', JSON.stringify(inside)],
    ['an object that a consumer has parsed', inside],
    ['the same with numbers', { ...inside, 'x-datadog-parent-id': 2, 'x-datadog-sampling-priority': 2 }],
  ])('as %s: inside beats beside, beside fills in', (_name, _datadog) => {
    const beside = { 'x-datadog-sampling-priority': '-1', 'x-datadog-origin': 'lambda', baggage: 'a=1' };
    expect(extract({ ...beside, _datadog })).toMatchObject({ ...inside, 'x-datadog-origin': 'lambda', baggage: 'a=1' });
  });

  test('beside fills in nothing that belongs to another trace', () => {
    const other = { 'x-datadog-trace-id': '7', 'x-datadog-origin': 'lambda' };
    expect(extract({ ...other, _datadog: JSON.stringify(inside) })).not.toHaveProperty('x-datadog-origin');
    const traceparent = (traceId: string) => `00-${traceId.padStart(32, '0')}-00f067aa0ba902b7-01`;
    const foreign = { traceparent: traceparent('7'), tracestate: 'vendor=7' };
    const w3cInside = (traceId: string) => JSON.stringify({ traceparent: traceparent(traceId) });
    expect(extract({ ...foreign, _datadog: w3cInside('1') }).tracestate).not.toContain('vendor');
    expect(extract({ ...foreign, _datadog: w3cInside('7') }).tracestate).toContain('vendor=7');
  });
});

test('an id that a parser has rounded is none', () => {
  const parsed = JSON.parse('{"x-datadog-trace-id":1234567890123456789,"x-datadog-parent-id":5}');
  expect(new DatadogPropagator().extract(ROOT_CONTEXT, { _datadog: parsed }, defaultTextMapGetter)).toBe(ROOT_CONTEXT);
});
