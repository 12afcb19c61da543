import {
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  isSpanContextValid,
  ROOT_CONTEXT,
  type TextMapSetter,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import type * as Bridge from '../../src/index.ts';
import { CONFIGURATIONS } from './configurations.ts';
import { getter, type Input, parseInput } from './input.ts';
import { holdFound, holdSameFields, holdSameSpan, holdValue, prototypeKeys, type TextMap } from './properties.ts';

type Member = NonNullable<Input['member']>;
type Attributes = Record<string, { DataType?: unknown; StringValue?: unknown }>;

/** What a second hop must leave as the first made it. The rest may be cut down once more: an origin that no header can hold. */
const ALWAYS_STABLE = [
  'x-datadog-trace-id',
  'x-datadog-parent-id',
  'x-datadog-sampling-priority',
  'x-datadog-tags',
  'traceparent',
  'baggage',
] as const;

/** What all spans of a trace send alike. */
const SAME_IN_CHILDREN = [
  'x-datadog-trace-id',
  'x-datadog-sampling-priority',
  'x-datadog-origin',
  'x-datadog-tags',
  'dd-pathway-ctx-base64',
  'baggage',
  'x-b3-traceid',
] as const;

const CHILD_ID = '0f1e2d3c4b5a6978';
const MAX_ATTRIBUTES = 10;
const NO_UPPER_HALF = '0'.repeat(16);

/** As contrib's AWS SDK instrumentation has it. */
const attributeSetter: TextMapSetter<Attributes> = {
  set(attributes, name, value) {
    attributes[name] = { DataType: 'String', StringValue: value };
  },
};

/**
 * What holds for all bytes: `extract` and `inject` never throw; what is not valid leaves the same context; every value that goes out
 * fits into any carrier and is not empty; what went out comes back the same; no prototype is polluted.
 */
export function fuzzTarget({ DatadogPropagator, getExtractedLinks }: typeof Bridge): (data: Buffer) => void {
  const configurations = CONFIGURATIONS.map(({ options, cutsDown = false, upperHalfInTags = false }) => ({
    propagator: new DatadogPropagator({ ...options, env: {} }),
    cutsDown,
    upperHalfInTags,
  }));
  const pristine = prototypeKeys();
  return (data) => {
    const input = parseInput(data);
    const configuration = configurations[(input?.configuration ?? 0) % configurations.length];
    if (input === undefined || configuration === undefined) return;
    const { propagator, cutsDown, upperHalfInTags } = configuration;
    const context = propagator.extract(ROOT_CONTEXT, input.carrier, getter);
    if (context !== ROOT_CONTEXT) {
      holdFound(context, getExtractedLinks(context));
      if (input.member !== undefined) withMember(propagator, context, input.member);
      if (input.intoAttributes) throughAttributes(propagator, context, upperHalfInTags);
      else throughTextMap(propagator, context, upperHalfInTags, cutsDown);
    }
    if (input.ids !== undefined) withIds(propagator, input.ids);
    if (prototypeKeys() !== pristine) throw new Error('a prototype is polluted');
  };
}

/** Whoever sets a member of the trace state leaves one that can be sent. */
function withMember(propagator: Bridge.DatadogPropagator, context: Context, { key, value }: Member): void {
  const spanContext = trace.getSpanContext(context);
  const traceState = spanContext?.traceState?.set(key, value);
  if (spanContext === undefined || traceState === undefined) return;
  traceState.unset('vendor').get(key);
  const fields = injected(propagator, trace.setSpanContext(context, { ...spanContext, traceState }));
  for (const name in fields) holdValue(name, fields[name]);
}

/** What a span of another tracer's has for ids goes out as it is, or not at all. */
function withIds(propagator: Bridge.DatadogPropagator, ids: NonNullable<Input['ids']>): void {
  const spanContext = { ...ids, traceFlags: TraceFlags.SAMPLED };
  const fields = injected(propagator, trace.setSpanContext(ROOT_CONTEXT, spanContext));
  for (const name in fields) holdValue(name, fields[name]);
  if (Object.keys(fields).length > 0 && !isSpanContextValid(spanContext))
    throw new Error(`${JSON.stringify(ids)} goes out`);
}

function throughAttributes(propagator: Bridge.DatadogPropagator, context: Context, upperHalfInTags: boolean): void {
  const attributes: Attributes = {};
  propagator.inject(context, attributes, attributeSetter);
  const names = Object.keys(attributes);
  for (const name of names) holdValue(name, attributes[name]?.StringValue);
  if (names.length > MAX_ATTRIBUTES) throw new Error(`${names.length} attributes go out`);
  // Without a `_datadog` there is no context: baggage alone has its own attribute where anybody writes it.
  if (names.length === 0) return;
  const hasTags = String(attributes._datadog?.StringValue).includes('"x-datadog-tags"');
  const read = propagator.extract(ROOT_CONTEXT, attributes, getter);
  holdSameSpan(read, context, traceIdStart(context, upperHalfInTags && !hasTags));
}

function throughTextMap(
  propagator: Bridge.DatadogPropagator,
  context: Context,
  upperHalfInTags: boolean,
  cutsDown: boolean,
): void {
  const first = injected(propagator, context);
  for (const name in first) holdValue(name, first[name]);
  const child = injected(propagator, childOf(context));
  holdSameFields(SAME_IN_CHILDREN, child, first);
  if (!(child.traceparent ?? CHILD_ID).includes(CHILD_ID)) throw new Error(`a child sends ${child.traceparent}`);
  const secondContext = propagator.extract(ROOT_CONTEXT, first, defaultTextMapGetter);
  const start = traceIdStart(context, upperHalfInTags && !('x-datadog-tags' in first));
  holdSameSpan(secondContext, context, start);
  const second = injected(propagator, secondContext);
  if (!cutsDown && start === 0) holdSameFields(ALWAYS_STABLE, second, first);
  if (Object.keys({ ...first, ...second }).every((name) => first[name] === second[name])) return;
  const third = injected(propagator, propagator.extract(ROOT_CONTEXT, second, defaultTextMapGetter));
  holdSameFields(Object.keys({ ...third, ...second }), third, second);
}

/** From which digit on the next hop has the trace id, of which the upper half may have been left out with the tags. */
function traceIdStart(context: Context, withoutTags: boolean): number {
  const isWide = trace.getSpanContext(context)?.traceId.startsWith(NO_UPPER_HALF) === false;
  return isWide && withoutTags ? NO_UPPER_HALF.length : 0;
}

/** As an SDK makes one: it shares the trace state. */
function childOf(context: Context): Context {
  const spanContext = trace.getSpanContext(context);
  if (spanContext === undefined) return context;
  return trace.setSpanContext(context, { ...spanContext, spanId: CHILD_ID, isRemote: false });
}

function injected(propagator: Bridge.DatadogPropagator, context: Context): TextMap {
  const textMap: TextMap = {};
  propagator.inject(context, textMap, defaultTextMapSetter);
  return textMap;
}
