import {
  createTraceState,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { contextSetter } from '@opentelemetry/instrumentation-aws-sdk/build/src/services/MessageAttributes.js';
import { expect, test } from 'vitest';
import { DatadogPropagator } from '../../../src/carriers/datadog-propagator.ts';
import { JoinedPropagator } from '../../../src/carriers/joined-propagator.ts';
import { FROM_DATADOG as DATADOG, PARENT_SPAN_ID as SPAN_ID, TRACE_ID } from '../from-datadog.ts';

const W3C = new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] });
const OURS = new DatadogPropagator();
const joined = new JoinedPropagator(W3C, OURS);

const spanContext = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 };
const context = propagation.setBaggage(
  trace.setSpanContext(ROOT_CONTEXT, spanContext),
  propagation.createBaggage({ team: { value: 'a' } }),
);
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;

/** As `undici` takes headers: one that is given twice is sent twice. */
function injected(propagator: TextMapPropagator, into = context): [string, string][] {
  const headers: [string, string][] = [];
  propagator.inject(into, headers, { set: (list, name, value) => list.push([name, value]) });
  return headers;
}

test('every field is written once, those of both included', () => {
  const headers = injected(joined);
  expect(headers.map(([name]) => name).sort()).toEqual(
    injected(OURS)
      .map(([name]) => name)
      .sort(),
  );
  expect(Object.fromEntries(headers)).toEqual(Object.fromEntries(injected(OURS)));
});

test("a stale member of Datadog's does not survive, and other vendors' do", () => {
  const traceState = createTraceState('vendor=1,dd=s:1;p:00000000000000aa');
  const { tracestate } = Object.fromEntries(
    injected(joined, trace.setSpanContext(ROOT_CONTEXT, { ...spanContext, traceState })),
  );
  expect(tracestate).toBe(`dd=s:1;p:${SPAN_ID};t.tid:6b0305aa00000000,vendor=1`);
});

const CUSTOM: TextMapPropagator = {
  inject(_context, carrier, setter) {
    setter.set(carrier, 'tenant', 'a');
    setter.set(carrier, 'tracestate', 'custom=7');
  },
  extract: (from) => from,
  fields: () => ['tenant', 'tracestate'],
};

test('a field of theirs alone is written as it was, a member that only they know kept', () => {
  const headers = Object.fromEntries(injected(new JoinedPropagator(CUSTOM, OURS)));
  expect(headers).toMatchObject({ tenant: 'a', traceparent: TRACEPARENT });
  expect(headers.tracestate).toMatch(/^dd=s:1;p:21277dffc66394c5;.*,custom=7$/);
});

test('without a span what is theirs goes as before', () => {
  const withBaggage = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ team: { value: 'a' } }));
  expect(injected(joined, withBaggage)).toEqual([['baggage', 'team=a']]);
  expect(injected(joined, ROOT_CONTEXT)).toEqual([]);
});

test('a message gets three attributes by the setter of contrib, as many as it has counted', () => {
  const attributes: Record<string, { StringValue?: string }> = {};
  joined.inject(context, attributes, contextSetter);
  expect(Object.keys(attributes).sort()).toEqual(joined.fields());
  expect(JSON.parse(attributes._datadog?.StringValue ?? '')).toMatchObject({
    traceparent: TRACEPARENT,
    baggage: 'team=a',
  });
});

test('neither a propagator that fails nor a carrier that takes nothing is felt', () => {
  const failing: TextMapPropagator = {
    inject() {
      throw new Error('broken');
    },
    extract: (from) => from,
    fields: () => [],
  };
  expect(Object.fromEntries(injected(new JoinedPropagator(failing, OURS)))).toMatchObject({ traceparent: TRACEPARENT });
  const refusing: TextMapSetter = {
    set() {
      throw new Error('full');
    },
  };
  expect(() => joined.inject(context, {}, refusing)).not.toThrow();
});

function extracted(carrier: Record<string, string>, propagator: TextMapPropagator = joined) {
  return trace.getSpanContext(propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter));
}

test('what they do not find is ours to read', () => {
  expect(extracted(DATADOG)).toMatchObject({ traceId: TRACE_ID, spanId: SPAN_ID, isRemote: true });
});

test('where they find a context it is theirs, with what Datadog knows of the same trace', () => {
  const both = { ...DATADOG, traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` };
  const found = extracted(both);
  expect(found).toMatchObject({ traceId: TRACE_ID, spanId: '00f067aa0ba902b7', traceFlags: 1 });
  const carrier: Record<string, string> = {};
  joined.inject(trace.setSpanContext(ROOT_CONTEXT, found ?? spanContext), carrier, defaultTextMapSetter);
  expect(carrier).toMatchObject({ 'x-datadog-sampling-priority': '2', 'x-datadog-origin': 'synthetics' });
});

test('of another trace nothing is mixed in', () => {
  const other = { ...DATADOG, traceparent: '00-11111111111111112222222222222222-00f067aa0ba902b7-00' };
  expect(extracted(other)).toEqual(extracted(other, W3C));
});

test('the baggage that they read stays', () => {
  const context = joined.extract(ROOT_CONTEXT, { ...DATADOG, baggage: 'team=a' }, defaultTextMapGetter);
  expect(propagation.getBaggage(context)?.getEntry('team')?.value).toBe('a');
});

test('the names are as many as before, where theirs are those of plain OpenTelemetry', () => {
  expect(joined.fields()).toEqual(['_datadog', 'traceparent', 'tracestate']);
  expect(new JoinedPropagator(CUSTOM, OURS).fields()).toEqual(['_datadog', 'traceparent', 'tracestate', 'tenant']);
});
