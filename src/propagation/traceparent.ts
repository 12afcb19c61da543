import { isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';
import { type DatadogState, decide } from './datadog-state';
import { DatadogTraceState, decidedTraceState, parseTraceState } from './datadog-trace-state';
import type { Fields, ReadField } from './fields';

export const TRACEPARENT = 'traceparent';
export const TRACESTATE = 'tracestate';

// https://www.w3.org/TR/trace-context-2/#traceparent-header
const FORMAT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const RANDOM_TRACE_ID = 0x02;
const ORIGIN_THAT_DECIDES_LATER = 'rum';

/** Reads `traceparent` and, only if that is valid, `tracestate`. */
export function extractTraceContext(read: ReadField): (SpanContext & { traceState: DatadogTraceState }) | undefined {
  const match = FORMAT.exec(read(TRACEPARENT)?.trim() ?? '');
  if (match === null) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', tail] = match;
  if (version === 'ff' || (version === '00' && tail !== undefined)) return undefined;
  if (!isSpanContextValid({ traceId, spanId, traceFlags: TraceFlags.NONE })) return undefined;
  const inbound = parseTraceState(read(TRACESTATE));
  const flagBits = Number.parseInt(flags, 16) & (TraceFlags.SAMPLED | RANDOM_TRACE_ID);
  const undecided = !(flagBits & TraceFlags.SAMPLED) && isUndecided(inbound.datadog);
  const traceFlags = undecided ? flagBits | TraceFlags.SAMPLED : flagBits;
  const datadog = undecided ? inbound.datadog : decide(inbound.datadog, (flagBits & TraceFlags.SAMPLED) !== 0);
  return { traceId, spanId, traceFlags, traceState: new DatadogTraceState(datadog, inbound.foreign), isRemote: true };
}

/** A browser's flag 00 says that nobody has sampled yet, not that the trace is dropped. */
function isUndecided(state: DatadogState): boolean {
  return state.samplingPriority === undefined && state.origin === ORIGIN_THAT_DECIDES_LATER;
}

export function injectTraceContext(spanContext: SpanContext, fields: Fields): void {
  const { traceId, spanId, traceFlags, isRemote } = spanContext;
  const traceState = decidedTraceState(spanContext);
  const flags = (traceFlags & (TraceFlags.SAMPLED | RANDOM_TRACE_ID)).toString(16).padStart(2, '0');
  fields[TRACEPARENT] = `00-${traceId}-${spanId}-${flags}`;
  fields[TRACESTATE] = traceState.serializeFor(isRemote ? traceState.datadog.parentId : spanId, traceId.slice(0, 16));
}
