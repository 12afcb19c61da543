import { isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';
import { type DatadogTraceState, parseTraceState } from './datadog-trace-state';
import { type Fields, filledIn, firstFound, type ReadField } from './fields';
import { isLowerCaseHex } from './ids';
import type { RemoteSpanContext } from './remote-span-context';

export const TRACEPARENT = 'traceparent';
export const TRACESTATE = 'tracestate';

// https://www.w3.org/TR/trace-context-2/#traceparent-header: where its parts stand in `00-<trace id>-<span id>-<flags>`.
const LENGTH = 55;
const TRACE_ID = 3;
const SPAN_ID = 36;
const FLAGS = 53;
const DASH = 45;
/** Later versions may be longer, but not without end. */
const MAX_LENGTH = 512;

const RANDOM_TRACE_ID = 0x02;
const ORIGIN_THAT_DECIDES_LATER = 'rum';

/**
 * Reads `traceparent` from the first source that has a valid one, and only then `tracestate`.
 */
export function extractTraceContext(sources: readonly ReadField[]): RemoteSpanContext | undefined {
  return firstFound(sources, (read) => {
    const parent = parseTraceparent(read(TRACEPARENT));
    return parent && withTraceState(parent, filledIn(read, sources, TRACEPARENT)(TRACESTATE));
  });
}

function parseTraceparent(header: string | undefined): SpanContext | undefined {
  if (header === undefined || header.length < LENGTH || header.length > MAX_LENGTH) return undefined;
  const text = trimmed(header);
  if (!isWellFormed(text)) return undefined;
  const traceFlags = Number.parseInt(text.slice(FLAGS, LENGTH), 16) & (TraceFlags.SAMPLED | RANDOM_TRACE_ID);
  const spanContext = {
    traceId: text.slice(TRACE_ID, SPAN_ID - 1),
    spanId: text.slice(SPAN_ID, FLAGS - 1),
    traceFlags,
    isRemote: true,
  };
  return isSpanContextValid(spanContext) ? spanContext : undefined;
}

function isWellFormed(text: string): boolean {
  const dashes =
    text.charCodeAt(TRACE_ID - 1) === DASH &&
    text.charCodeAt(SPAN_ID - 1) === DASH &&
    text.charCodeAt(FLAGS - 1) === DASH;
  if (!dashes || !isLowerCaseHex(text, 0, TRACE_ID - 1) || !isLowerCaseHex(text, TRACE_ID, SPAN_ID - 1)) return false;
  if (!isLowerCaseHex(text, SPAN_ID, FLAGS - 1) || !isLowerCaseHex(text, FLAGS, LENGTH)) return false;
  if (text.startsWith('ff')) return false;
  if (text.length === LENGTH) return true;
  // A comma comes from two headers that HTTP has joined: nobody knows which is meant.
  return !text.startsWith('00') && text.charCodeAt(LENGTH) === DASH && !text.includes(',');
}

function trimmed(header: string): string {
  return header.length === LENGTH ? header : header.replace(/^[ \t]+|[ \t]+$/g, '');
}

function withTraceState(parent: SpanContext, header: string | undefined): RemoteSpanContext {
  const traceState = parseTraceState(header, (parent.traceFlags & RANDOM_TRACE_ID) !== 0);
  const sampled = (parent.traceFlags & TraceFlags.SAMPLED) !== 0;
  if (!sampled && isUndecided(traceState)) {
    return { ...parent, traceFlags: parent.traceFlags | TraceFlags.SAMPLED, traceState };
  }
  return { ...parent, traceState: traceState.decided(sampled) };
}

/** A browser's flag 00 says that nobody has sampled yet, not that the trace is dropped. */
function isUndecided({ datadog }: DatadogTraceState): boolean {
  return datadog.samplingPriority === undefined && datadog.origin === ORIGIN_THAT_DECIDES_LATER;
}

/** Writes `traceparent` and `tracestate`; the trace state is the span context's own, decided. */
export function injectTraceContext(spanContext: SpanContext, traceState: DatadogTraceState, fields: Fields): void {
  const { traceId, spanId, traceFlags, isRemote } = spanContext;
  const random = traceState.randomTraceId ? RANDOM_TRACE_ID : 0;
  const flags = (traceFlags & (TraceFlags.SAMPLED | RANDOM_TRACE_ID)) | random;
  fields[TRACEPARENT] = `00-${traceId}-${spanId}-0${flags}`;
  fields[TRACESTATE] = traceState.serializeFor(isRemote ? traceState.datadog.parentId : spanId, traceId);
}
