import { isSpanContextValid, type SpanContext } from '@opentelemetry/api';
import type { DatadogState } from './datadog-state';
import { DatadogTraceState } from './datadog-trace-state';
import { sampledFlag } from './sampling-priority';

/** A remote span context whose trace state is ours. */
export type RemoteSpanContext = SpanContext & { readonly traceState: DatadogTraceState };

/** The parent that a carrier names by these ids, in hex; `undefined` if they are none. */
export function remoteSpanContext(traceId: string, spanId: string, state: DatadogState): RemoteSpanContext | undefined {
  const spanContext = {
    traceId,
    spanId,
    traceFlags: sampledFlag(state.samplingPriority),
    isRemote: true,
    traceState: new DatadogTraceState(state),
  };
  return isSpanContextValid(spanContext) ? spanContext : undefined;
}
