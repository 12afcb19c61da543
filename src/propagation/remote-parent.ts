import { INVALID_SPANID, INVALID_TRACEID, type SpanContext } from '@opentelemetry/api';
import type { DatadogState } from './datadog-state';
import { DatadogTraceState } from './datadog-trace-state';
import { RANDOM_TRACE_ID, sampledFlag } from './sampling-priority';
import type { Member } from './trace-state-members';

/** The parent that the headers of one format name, before it is a span context. Ids in lower-case hex. */
export interface RemoteParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly state: DatadogState;
  /** Other vendors' members of `tracestate`. */
  readonly foreign: readonly Member[];
  readonly randomTraceId: boolean;
}

const NO_MEMBERS: readonly Member[] = [];

/** A parent that only Datadog's fields tell of; `undefined` for ids of zeros. */
export function remoteParent(traceId: string, spanId: string, state: DatadogState): RemoteParent | undefined {
  if (traceId === INVALID_TRACEID || spanId === INVALID_SPANID) return undefined;
  return { traceId, spanId, state, foreign: NO_MEMBERS, randomTraceId: false };
}

/** As an SDK takes it, with a trace state of ours. */
export function spanContextOf({ traceId, spanId, state, foreign, randomTraceId }: RemoteParent): SpanContext {
  return {
    traceId,
    spanId,
    traceFlags: sampledFlag(state.samplingPriority) | (randomTraceId ? RANDOM_TRACE_ID : 0),
    isRemote: true,
    traceState: new DatadogTraceState(state, foreign, randomTraceId),
  };
}
