import {
  type Baggage,
  baggageEntryMetadataFromString,
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  type TextMapGetter,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import {
  contextGetter,
  contextSetter,
} from '@opentelemetry/instrumentation-aws-sdk/build/src/services/MessageAttributes.js';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { DatadogPropagator, type DatadogPropagatorOptions } from '../../src/index.ts';
import { DatadogTraceState } from '../../src/propagation/datadog-trace-state.ts';

const properties = Object.getOwnPropertyNames(Object.prototype);
afterEach(() => {
  expect(Object.getOwnPropertyNames(Object.prototype), 'Object.prototype is as it was').toEqual(properties);
  expect(({} as Record<string, unknown>)['x-datadog-trace-id']).toBeUndefined();
});

const RUNS = { numRuns: 2000 };

const characters = (pattern: RegExp) =>
  Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).filter((character) =>
    pattern.test(character),
  );
const textOf = (pattern: RegExp, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters(pattern)), minLength: 1, maxLength });

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const lowerHalf = hex(16).filter((id) => !/^0+$/.test(id));
const trimmed = (text: string) => text.trim() === text;

/** What all formats together can hold: text that HTTP would trim, or that a format's own syntax uses, is none of it. */
const representable = fc
  .record({
    upperHalf: fc.oneof(hex(16), fc.constant('0'.repeat(16))),
    lowerHalf,
    spanId: lowerHalf,
    samplingPriority: fc.constantFrom(-1, 0, 1, 2),
    origin: fc.option(textOf(/[\x20-\x7e]/, 60).filter(trimmed), { nil: undefined }),
    parentId: fc.option(hex(16), { nil: undefined }),
    tags: fc.dictionary(textOf(/[\w.]/, 10), textOf(/[\x20-\x2b\x2d-\x7e]/, 30).filter(trimmed), { maxKeys: 6 }),
    foreign: fc.uniqueArray(
      fc
        .tuple(textOf(/[a-z]/, 8), textOf(/[\x21-\x2b\x2d-\x3c\x3e-\x7e]/, 20))
        .filter(([key]) => key !== 'dd' && key !== 'ot'),
      { maxLength: 31, selector: ([key]) => key },
    ),
    randomTraceId: fc.boolean(),
    pathway: fc.option(fc.base64String({ minLength: 4, maxLength: 40 }), { nil: undefined }),
    baggage: fc.dictionary(fc.string({ minLength: 1, maxLength: 12 }), fc.string({ minLength: 1, maxLength: 20 }), {
      maxKeys: 8,
    }),
  })
  .map(({ upperHalf, lowerHalf, spanId, tags, baggage, ...state }) => ({
    ...state,
    spanContext: { traceId: upperHalf + lowerHalf, spanId },
    tags: new Map(Object.entries(tags).map(([key, value]) => [`_dd.p.${key}`, value])),
    baggage: Object.entries(baggage),
  }))
  .filter(({ tags }) => !tags.has('_dd.p.tid') && [...tags].join().length < 400);

type Representable = typeof representable extends fc.Arbitrary<infer T> ? T : never;

function contextOf(each: Representable): Context {
  const { spanContext, foreign, randomTraceId, baggage, samplingPriority, origin, parentId, tags, pathway } = each;
  const datadog = { samplingPriority, origin, parentId, tags, pathway, unknown: [] };
  const traceState = new DatadogTraceState({ datadog, foreign }, randomTraceId);
  const traceFlags = (samplingPriority > 0 ? 1 : 0) + (randomTraceId ? 2 : 0);
  const remote: SpanContext = { ...spanContext, traceFlags, isRemote: true, traceState };
  const entries = propagation.createBaggage(Object.fromEntries(baggage.map(([key, value]) => [key, { value }])));
  return propagation.setBaggage(trace.setSpanContext(ROOT_CONTEXT, remote), entries);
}

function described(context: Context) {
  const { traceState, ...ids } = trace.getSpanContext(context) as SpanContext;
  const { datadog, foreign, randomTraceId } = traceState as DatadogTraceState;
  const { tags, ...state } = datadog;
  return {
    ids,
    foreign,
    randomTraceId,
    state,
    tags: Object.fromEntries([...tags].filter(([key]) => key !== '_dd.p.tid')),
    baggage: valuesOf(propagation.getBaggage(context)),
  };
}

function valuesOf(baggage: Baggage | undefined): Record<string, string> {
  return Object.fromEntries((baggage?.getAllEntries() ?? []).map(([key, { value }]) => [key, value]));
}

test.each<[name: string, setter: TextMapSetter, getter: TextMapGetter, options?: DatadogPropagatorOptions]>([
  ['a text map', defaultTextMapSetter, defaultTextMapGetter],
  ['the attributes of a message', contextSetter, contextGetter],
  [
    'a text map, in more formats',
    defaultTextMapSetter,
    defaultTextMapGetter,
    { extractStyles: ['datadog', 'baggage', 'b3', 'tracecontext'] },
  ],
])('what is written to %s is read as it was', (_name, setter, getter, options) => {
  const propagator = new DatadogPropagator({
    injectStyles: ['datadog', 'tracecontext', 'baggage', 'b3'],
    env: {},
    ...options,
  });
  fc.assert(
    fc.property(representable, (each) => {
      const context = contextOf(each);
      const carrier = {};
      propagator.inject(context, carrier, setter);
      expect(described(propagator.extract(ROOT_CONTEXT, carrier, getter))).toEqual(described(context));
    }),
    RUNS,
  );
});

test('a child span says the same, with its own span as the last of Datadog', () => {
  const propagator = new DatadogPropagator({ env: {} });
  fc.assert(
    fc.property(representable, lowerHalf, (each, spanId) => {
      const context = contextOf(each);
      const parent = trace.getSpanContext(context) as SpanContext;
      // As an SDK makes it: the parent's trace state, and no flag but `sampled`.
      const child = { ...parent, spanId, isRemote: false, traceFlags: parent.traceFlags & 1 };
      const carrier = {};
      propagator.inject(trace.setSpanContext(context, child), carrier, defaultTextMapSetter);
      const { ids, state, ...others } = described(propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter));
      const before = described(context);
      expect({ ...others, ids, state }).toEqual({
        ...before,
        ids: { ...before.ids, spanId },
        state: { ...before.state, parentId: spanId },
      });
    }),
    RUNS,
  );
});

test('many traces at a time keep their own decisions', () => {
  const propagator = new DatadogPropagator({ env: {} });
  fc.assert(
    fc.property(fc.array(fc.tuple(representable, fc.boolean()), { minLength: 2, maxLength: 20 }), (traces) => {
      const extracted = traces.map(([each]) => {
        const carrier = {};
        propagator.inject(contextOf(each), carrier, defaultTextMapSetter);
        return propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
      });
      // Every one of them is then kept or dropped by a sampler, all before the first is sent on.
      const spans = extracted.map((context, index) => {
        const parent = trace.getSpanContext(context) as SpanContext;
        return trace.setSpanContext(context, { ...parent, isRemote: false, traceFlags: traces[index]?.[1] ? 1 : 0 });
      });
      spans.forEach((context, index) => {
        const [each, sampled] = traces[index] as (typeof traces)[number];
        const agrees = each.samplingPriority > 0 === sampled;
        const carrier: Record<string, string> = {};
        propagator.inject(context, carrier, defaultTextMapSetter);
        expect(Number(carrier['x-datadog-sampling-priority'])).toBe(agrees ? each.samplingPriority : Number(sampled));
        const inbound = trace.getSpanContext(extracted[index] as Context)?.traceState as DatadogTraceState;
        expect(inbound.datadog.samplingPriority, 'what came in stays as it was').toBe(each.samplingPriority);
      });
    }),
    { numRuns: 300 },
  );
});

const fail = () => {
  throw new Error('not for you');
};
const anyText = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('0', '1', '', '__proto__'));
/** In functions, since fast-check itself looks at what it makes. */
const anyContext = fc
  .record({
    traceId: fc.oneof(hex(32), anyText),
    spanId: fc.oneof(hex(16), anyText),
    traceFlags: fc.oneof(fc.integer(), fc.constantFrom(0, 1, 3)),
    isRemote: fc.constantFrom(true, false, undefined),
    traceState: fc.constantFrom<() => unknown>(
      () => undefined,
      () => ({ serialize: () => 'dd=s:2;o:é\u0000,foo=1' }),
      () => ({ serialize: fail }),
      () => ({ serialize: () => undefined }),
      () => 'dd=s:1',
      () => new Proxy({}, { has: fail, get: fail }),
    ),
    baggage: fc.dictionary(anyText, fc.record({ value: anyText, metadata: anyText })),
  })
  .map(({ baggage, traceState, ...ids }) => () => {
    const entries = Object.entries(baggage).map(([key, { value, metadata }]) => [
      key,
      { value, metadata: baggageEntryMetadataFromString(metadata) },
    ]);
    return propagation.setBaggage(
      trace.setSpanContext(ROOT_CONTEXT, { ...ids, traceState: traceState() } as SpanContext),
      propagation.createBaggage(Object.fromEntries(entries)),
    );
  });
const anyCarrier = fc.oneof(
  fc.anything({ withNullPrototype: true, withMap: true, withTypedArray: true }).map((carrier) => () => carrier),
  fc.constantFrom<() => unknown>(
    () => new Proxy({}, { get: fail, set: fail, has: fail, ownKeys: fail, deleteProperty: fail }),
    () => Object.freeze({}),
    () => Object.freeze({ traceparent: { StringValue: 'x' } }),
    () => new Headers(),
  ),
);
const anySetter = fc.constantFrom<() => TextMapSetter>(
  () => defaultTextMapSetter,
  () => contextSetter,
  () => ({ set: fail }),
  () => ({ set: () => {} }),
  () => ({ set: (carrier, key) => Object.defineProperty(carrier, key, { get: fail, configurable: true }) }),
  () => ({ set: (carrier, key, value) => Object.freeze(Object.assign(carrier, { [key]: { StringValue: value } })) }),
  () => new Proxy({ set: () => {} }, { get: fail }),
);
const anyOptions = fc.constantFrom<DatadogPropagatorOptions>(
  {},
  { injectStyles: ['b3', 'b3multi'], extractStyles: ['b3', 'b3multi', 'datadog'] },
  { injectStyles: ['none'], extractStyles: ['none'] },
  { extractFirst: true, extractStyles: ['tracecontext', 'datadog', 'baggage'] },
  { extractBehavior: 'restart', tagsMaxLength: 0, baggageMaxItems: 1, baggageMaxBytes: 10 },
  { extractBehavior: fail },
  { extractBehavior: (() => 'maybe') as never },
);

test('inject never throws, whatever the context, the carrier and the setter', () => {
  fc.assert(
    fc.property(anyContext, anyCarrier, anySetter, anyOptions, (context, carrier, setter, options) => {
      expect(() => new DatadogPropagator({ env: {}, ...options }).inject(context(), carrier(), setter())).not.toThrow();
    }),
    RUNS,
  );
});

test('extract never throws, and gives back the same context where there is nothing in the carrier', () => {
  const anyGetter = fc.constantFrom<TextMapGetter>(defaultTextMapGetter, contextGetter, { get: fail, keys: fail });
  fc.assert(
    fc.property(anyContext, anyCarrier, anyGetter, anyOptions, (context, carrier, getter, options) => {
      // Random values name no valid trace id by chance.
      const given = context();
      expect(new DatadogPropagator({ env: {}, ...options }).extract(given, carrier(), getter)).toBe(given);
    }),
    RUNS,
  );
});
