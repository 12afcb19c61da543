import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import type { DatadogTraceState } from '../../src/propagation/datadog-trace-state.ts';
import type { Configuration, Headers, Observation, ObservedContext } from './peer.ts';

/** The package's root export, from its sources or as it is built. */
export type Bridge = Pick<typeof import('../../src/index.ts'), 'DatadogPropagator' | 'getExtractedLinks'>;

/** What our propagator makes of a header set. */
export type ObserveOurs = (headers: Headers) => Observation;

const CHILD_SPAN_ID = 'c41d000000000001';

/** Our propagator under the variables that the peer has too. */
export function oursUnder({ DatadogPropagator, getExtractedLinks }: Bridge, configuration: Configuration): ObserveOurs {
  const propagator = new DatadogPropagator({ env: configuration });

  const inject = (context: typeof ROOT_CONTEXT) => {
    const headers: Record<string, string> = {};
    propagator.inject(context, headers, defaultTextMapSetter);
    return headers;
  };

  return (headers) => {
    const extracted = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
    const parent = trace.getSpanContext(extracted);
    return {
      context: parent ? observedContext(parent) : null,
      links: getExtractedLinks(extracted).map(({ context, attributes }) => ({
        traceId: context.traceId,
        spanId: context.spanId,
        attributes: attributes as Record<string, string>,
      })),
      baggage: baggageOf(extracted),
      forwarded: inject(extracted),
      child: parent
        ? { spanId: CHILD_SPAN_ID, headers: inject(trace.setSpanContext(extracted, childOf(parent))) }
        : null,
    };
  };
}

/** As an SDK makes one whose sampler follows the parent. */
function childOf({ traceId, traceFlags, traceState }: SpanContext): SpanContext {
  return { traceId, spanId: CHILD_SPAN_ID, traceFlags, ...(traceState && { traceState }) };
}

function observedContext({ traceId, spanId, traceState }: SpanContext): ObservedContext {
  const { samplingPriority, origin, tags } = (traceState as DatadogTraceState).datadog;
  return {
    traceId,
    spanId,
    priority: samplingPriority ?? null,
    origin: origin ?? null,
    tags: Object.fromEntries(tags),
  };
}

function baggageOf(context: typeof ROOT_CONTEXT): Record<string, string> {
  const entries = propagation.getBaggage(context)?.getAllEntries() ?? [];
  return Object.fromEntries(entries.map(([key, { value }]) => [key, value]));
}
