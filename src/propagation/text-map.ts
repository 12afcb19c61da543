import {
  type Context,
  isSpanContextValid,
  type Link,
  propagation,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { BAGGAGE, extractBaggage, injectBaggage } from './baggage';
import { DATADOG_HEADERS, type DatadogHeaders, extractDatadogHeaders, injectDatadogHeaders } from './datadog-headers';
import { DatadogTraceState, decidedTraceState } from './datadog-trace-state';
import { setExtractedLinks } from './extracted-links';
import type { Fields, ReadField } from './fields';
import { isKept } from './sampling-priority';
import { extractTraceContext, injectTraceContext, TRACEPARENT, TRACESTATE } from './traceparent';

/**
 * The context with what the sources carry: Datadog first, then W3C, as every Datadog tracer does by
 * default. The same object when they carry nothing valid. Of several sources the first that has a valid context in a format is the one
 * for that format.
 */
export function extractFields(context: Context, sources: readonly ReadField[]): Context {
  const { spanContext, links } = resolve(extractDatadogHeaders(sources), extractTraceContext(sources));
  const baggage = extractBaggage(sources);
  let extracted = context;
  if (spanContext) extracted = setExtractedLinks(trace.setSpanContext(extracted, spanContext), links);
  if (baggage) extracted = propagation.setBaggage(extracted, baggage);
  return extracted;
}

/** The fields that carry the context, in the order in which they are to be written; none without a valid span context and baggage. */
export function injectFields(context: Context): Fields {
  const fields: Fields = {};
  const spanContext = trace.getSpanContext(context);
  if (spanContext && isSpanContextValid(spanContext)) {
    const traceState = decidedTraceState(spanContext);
    injectTraceContext(spanContext, traceState, fields);
    injectDatadogHeaders(spanContext, traceState.datadog, fields);
  }
  injectBaggage(context, fields);
  return fields;
}

/** Every name that `injectFields` can write. */
export const FIELD_NAMES: readonly string[] = [TRACEPARENT, TRACESTATE, ...DATADOG_HEADERS, BAGGAGE];

type W3CSpanContext = ReturnType<typeof extractTraceContext>;

/**
 * One parent from two headers. Where both speak of the same trace, the span is W3C's (a service in
 * between may know nothing of Datadog), decision and tags are Datadog's. Where they do not, Datadog's
 * is the parent and W3C's a link.
 * https://github.com/DataDog/system-tests/blob/main/tests/parametric/test_headers_precedence.py
 */
function resolve(
  headers: DatadogHeaders | undefined,
  w3c: W3CSpanContext,
): { spanContext?: SpanContext | undefined; links: Link[] } {
  if (headers === undefined) return { spanContext: w3c, links: [] };
  if (w3c?.traceId === headers.traceId) return { spanContext: merge(headers, w3c), links: [] };
  if (headers.spanId === undefined) return { spanContext: w3c, links: [] };
  const { traceId, spanId, state } = headers;
  const spanContext = {
    traceId,
    spanId,
    ...decision(state.samplingPriority),
    isRemote: true,
    traceState: new DatadogTraceState(state),
  };
  const terminated = w3c && {
    context: w3c,
    attributes: { reason: 'terminated_context', context_headers: 'tracecontext' },
  };
  return { spanContext, links: terminated ? [terminated] : [] };
}

function merge(headers: DatadogHeaders, w3c: NonNullable<W3CSpanContext>): SpanContext {
  const { datadog, foreign } = w3c.traceState;
  const { state } = headers;
  const samplingPriority = state.samplingPriority ?? datadog.samplingPriority;
  const differs = headers.spanId !== undefined && headers.spanId !== w3c.spanId;
  const parentId = datadog.parentId ?? (differs ? headers.spanId : undefined);
  return {
    traceId: w3c.traceId,
    spanId: w3c.spanId,
    traceFlags: (w3c.traceFlags & ~TraceFlags.SAMPLED) | decision(samplingPriority).traceFlags,
    isRemote: true,
    traceState: new DatadogTraceState({ ...state, samplingPriority, parentId, unknown: datadog.unknown }, foreign),
  };
}

/** An undecided trace is recorded: a sampler that knows no better keeps it. */
function decision(samplingPriority: number | undefined): { traceFlags: TraceFlags } {
  const kept = samplingPriority === undefined || isKept(samplingPriority);
  return { traceFlags: kept ? TraceFlags.SAMPLED : TraceFlags.NONE };
}
