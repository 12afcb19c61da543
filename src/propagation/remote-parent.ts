import { INVALID_SPANID, INVALID_TRACEID, type SpanContext } from '@opentelemetry/api';
import { NO_STATE } from './datadog-state';
import { DatadogTraceState, type TraceStateContent } from './datadog-trace-state';
import { RANDOM_TRACE_ID, type SamplingPriority, sampledFlag } from './sampling-priority';

/** The parent that the headers of one format name, before it is a span context. Ids in lower-case hex. */
export interface RemoteParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly samplingPriority: SamplingPriority | undefined;
  readonly randomTraceId: boolean;
  /** Reads what the headers say beside that, the priority once more. */
  readonly readState: () => TraceStateContent;
}

export function hasValidIds({ traceId, spanId }: { traceId: string; spanId: string }): boolean {
  return traceId !== INVALID_TRACEID && spanId !== INVALID_SPANID;
}

/** A parent of which a format says no more than ids and a decision. */
export function parentWithPriority(
  { traceId, spanId }: { traceId: string; spanId: string },
  samplingPriority: SamplingPriority | undefined,
): RemoteParent {
  const readState = () => ({ datadog: { ...NO_STATE, samplingPriority }, foreign: [] });
  return { traceId, spanId, samplingPriority, randomTraceId: false, readState };
}

/** As an SDK takes it, with a trace state of ours. */
export function spanContextOf(parent: RemoteParent): SpanContext {
  const { traceId, spanId, samplingPriority, randomTraceId, readState } = parent;
  return {
    traceId,
    spanId,
    traceFlags: sampledFlag(samplingPriority) | (randomTraceId ? RANDOM_TRACE_ID : 0),
    isRemote: true,
    traceState: new DatadogTraceState(readState, randomTraceId),
  };
}
