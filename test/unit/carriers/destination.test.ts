import {
  type Context,
  defaultTextMapSetter,
  INVALID_SPAN_CONTEXT,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import { AlwaysOffSampler, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { expect, test } from 'vitest';
import { DatadogPropagator } from '../../../src/carriers/datadog-propagator.ts';
import { rememberHost } from '../../../src/carriers/destination.ts';
import { JoinedPropagator } from '../../../src/carriers/joined-propagator.ts';
import { destinationsFrom } from '../../../src/configuration/destinations.ts';

const recording = new NodeTracerProvider().getTracer('t');
const dropping = new NodeTracerProvider({ sampler: new AlwaysOffSampler() }).getTracer('t');
const BASE = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ team: { value: 'a' } }));

function started(kind: SpanKind, attributes: SpanOptions['attributes'] = {}): Span {
  return recording.startSpan('s', { kind, attributes }, BASE);
}

const propagator = new DatadogPropagator({ propagateTo: ['ours'], env: {} });
const OWN_SETTER: TextMapSetter<Record<string, string>> = {
  set: (carrier, key, value) => void Object.assign(carrier, { [key]: value }),
};

function written(context: Context, setter: TextMapSetter = defaultTextMapSetter, by = propagator): string[] {
  const carrier = {};
  by.inject(context, carrier, setter);
  return ['traceparent', 'x-datadog-trace-id', 'baggage'].filter((name) => name in carrier);
}

const ALL = ['traceparent', 'x-datadog-trace-id', 'baggage'];
const { CLIENT, SERVER, PRODUCER, INTERNAL } = SpanKind;

test.each<[kind: SpanKind, attributes: SpanOptions['attributes'], expected: string[]]>([
  [CLIENT, { 'http.request.method': 'GET', 'server.address': 'ours' }, ALL],
  [CLIENT, { 'http.request.method': 'GET', 'server.address': 'others' }, []],
  [CLIENT, { 'http.method': 'GET', 'net.peer.name': 'others' }, []],
  [CLIENT, { 'http.method': 'GET', 'net.peer.name': 'ours' }, ALL],
  // Not a request by HTTP, or not the one that is about to be sent.
  [SERVER, { 'http.request.method': 'GET', 'server.address': 'others' }, ALL],
  [CLIENT, { 'rpc.system': 'aws-api', 'server.address': 'others' }, ALL],
  [PRODUCER, { 'messaging.system': 'aws_sqs', 'server.address': 'others' }, ALL],
  [CLIENT, { 'http.request.method': 'GET' }, ALL],
  [INTERNAL, {}, ALL],
])('a span of kind %i with %j sends %j', (kind, attributes, expected) => {
  expect(written(trace.setSpan(BASE, started(kind, attributes)))).toEqual(expected);
});

test('baggage alone can be kept from a host, and from a context without a trace it is kept too', () => {
  const onlyBaggage = new DatadogPropagator({ baggageTo: ['ours'], env: {} });
  const attributes = { 'http.request.method': 'GET', 'server.address': 'others' };
  const span = trace.setSpan(BASE, started(CLIENT, attributes));
  expect(written(span, defaultTextMapSetter, onlyBaggage)).toEqual(['traceparent', 'x-datadog-trace-id']);
  expect(propagation.getBaggage(span)?.getEntry('team')?.value).toBe('a');
  const noop = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
  rememberHost(noop, 'others');
  expect(written(trace.setSpan(BASE, noop), defaultTextMapSetter, onlyBaggage)).toEqual([]);
});

test('a span that is not recorded: by the host that was remembered, else its decision without baggage', () => {
  const span = dropping.startSpan('GET', { kind: CLIENT }, BASE);
  const context = trace.setSpan(BASE, span);
  expect(written(context)).toEqual(['traceparent', 'x-datadog-trace-id']);
  // What a message is written by is nobody's HTTP request.
  expect(written(context, OWN_SETTER)).toEqual(ALL);
  rememberHost(span, 'others');
  expect(written(context)).toEqual([]);
  rememberHost(span, 'ours');
  expect(written(context)).toEqual(ALL);
});

test('what came in and is passed on by hand has its baggage', () => {
  const remote = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 0, isRemote: true };
  expect(written(trace.setSpanContext(BASE, remote))).toEqual(ALL);
});

test("an application's own propagator keeps to it too", () => {
  const theirs = {
    inject: (_context: Context, carrier: unknown, setter: TextMapSetter) => setter.set(carrier, 'theirs', '1'),
    extract: (context: Context) => context,
    fields: () => ['theirs'],
  };
  const ours = new DatadogPropagator({ env: {} });
  const joined = new JoinedPropagator(theirs, ours, destinationsFrom({ propagateTo: ['ours'], env: {} }));
  for (const [host, expected] of [
    ['ours', true],
    ['others', false],
  ] as const) {
    const carrier = {};
    const attributes = { 'http.request.method': 'GET', 'server.address': host };
    joined.inject(trace.setSpan(BASE, started(CLIENT, attributes)), carrier, defaultTextMapSetter);
    expect('theirs' in carrier).toBe(expected);
    expect('traceparent' in carrier).toBe(expected);
  }
});
