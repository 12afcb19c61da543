import { INVALID_SPANID, INVALID_TRACEID, type SpanContext } from '@opentelemetry/api';
import { NO_STATE } from './datadog-state';
import { DatadogTraceState, type InboundHeaders, type TraceStateContent } from './datadog-trace-state';
import { RANDOM_TRACE_ID, type SamplingPriority, sampledFlag } from './sampling-priority';

/** Of a span, in lower-case hex. */
export interface Ids {
  readonly traceId: string;
  readonly spanId: string;
}

export function hasValidIds({ traceId, spanId }: Ids): boolean {
  return traceId !== INVALID_TRACEID && spanId !== INVALID_SPANID;
}

/** The parent that the headers of one format name, before it is a span context. */
export interface RemoteParent extends Ids, InboundHeaders {
  readonly randomTraceId: boolean;
}

/** A parent of which a format says no more than ids and a decision. */
export class PlainParent implements RemoteParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly samplingPriority: SamplingPriority | undefined;
  readonly randomTraceId = false;
  readonly datadogTraceId = undefined;
  readonly stateHeaders = undefined;

  constructor({ traceId, spanId }: Ids, samplingPriority: SamplingPriority | undefined) {
    this.traceId = traceId;
    this.spanId = spanId;
    this.samplingPriority = samplingPriority;
  }

  readContent(): TraceStateContent {
    return { datadog: { ...NO_STATE, samplingPriority: this.samplingPriority }, foreign: [] };
  }
}

/** As an SDK takes it, with a trace state of ours. */
export function spanContextOf(parent: RemoteParent): SpanContext {
  const { traceId, spanId, samplingPriority, randomTraceId } = parent;
  return {
    traceId,
    spanId,
    traceFlags: sampledFlag(samplingPriority) | (randomTraceId ? RANDOM_TRACE_ID : 0),
    isRemote: true,
    traceState: new DatadogTraceState(parent, randomTraceId),
  };
}
