import { isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';
import { type DatadogState, decide } from './datadog-state';
import { DatadogTraceState, parseTraceState } from './datadog-trace-state';
import { type Fields, filledIn, firstFound, type ReadField } from './fields';

export const TRACEPARENT = 'traceparent';
export const TRACESTATE = 'tracestate';

// https://www.w3.org/TR/trace-context-2/#traceparent-header
const FORMAT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[^,]*)?$/;
const RANDOM_TRACE_ID = 0x02;
const ORIGIN_THAT_DECIDES_LATER = 'rum';

/**
 * Reads `traceparent` from the first source that has a valid one, and only then `tracestate`.
 */
export function extractTraceContext(
  sources: readonly ReadField[],
): (SpanContext & { traceState: DatadogTraceState }) | undefined {
  return firstFound(sources, (read) => {
    const parent = parseTraceparent(read(TRACEPARENT) ?? '');
    return parent && withTraceState(parent, filledIn(read, sources, TRACEPARENT)(TRACESTATE));
  });
}

function parseTraceparent(header: string): SpanContext | undefined {
  const match = FORMAT.exec(header.trim());
  if (match === null) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', tail] = match;
  if (version === 'ff' || (version === '00' && tail !== undefined)) return undefined;
  const traceFlags = Number.parseInt(flags, 16) & (TraceFlags.SAMPLED | RANDOM_TRACE_ID);
  const spanContext = { traceId, spanId, traceFlags, isRemote: true };
  return isSpanContextValid(spanContext) ? spanContext : undefined;
}

function withTraceState(
  parent: SpanContext,
  header: string | undefined,
): SpanContext & { traceState: DatadogTraceState } {
  const { datadog, foreign } = parseTraceState(header);
  const sampled = (parent.traceFlags & TraceFlags.SAMPLED) !== 0;
  if (!sampled && isUndecided(datadog)) {
    const traceFlags = parent.traceFlags | TraceFlags.SAMPLED;
    return { ...parent, traceFlags, traceState: new DatadogTraceState(datadog, foreign) };
  }
  return { ...parent, traceState: new DatadogTraceState(decide(datadog, sampled), foreign) };
}

/** A browser's flag 00 says that nobody has sampled yet, not that the trace is dropped. */
function isUndecided(state: DatadogState): boolean {
  return state.samplingPriority === undefined && state.origin === ORIGIN_THAT_DECIDES_LATER;
}

/** Writes `traceparent` and `tracestate`; the trace state is the span context's own, decided. */
export function injectTraceContext(spanContext: SpanContext, traceState: DatadogTraceState, fields: Fields): void {
  const { traceId, spanId, traceFlags, isRemote } = spanContext;
  const flags = (traceFlags & (TraceFlags.SAMPLED | RANDOM_TRACE_ID)).toString(16).padStart(2, '0');
  fields[TRACEPARENT] = `00-${traceId}-${spanId}-${flags}`;
  fields[TRACESTATE] = traceState.serializeFor(isRemote ? traceState.datadog.parentId : spanId, traceId.slice(0, 16));
}
