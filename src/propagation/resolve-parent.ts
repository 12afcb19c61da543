import { type Attributes, type Link, TraceFlags } from '@opentelemetry/api';
import { extractB3, extractB3Multi } from './b3';
import { type DatadogHeaders, extractDatadogHeaders } from './datadog-headers';
import { DatadogTraceState } from './datadog-trace-state';
import type { ReadField } from './fields';
import { extractPathway } from './pathway';
import type { ExtractSettings } from './propagation-settings';
import type { PropagationStyle } from './propagation-style';
import { DECISION_MAKER } from './propagation-tags';
import { recorded } from './recorded-text';
import { type RemoteSpanContext, remoteSpanContext } from './remote-span-context';
import { sampledFlag } from './sampling-priority';
import { extractTraceContext } from './traceparent';
import { extractXRay } from './x-ray';

/** The one parent that a carrier's headers name, and what they say beside it. */
export interface ResolvedParent {
  readonly spanContext: RemoteSpanContext;
  /** Name of the format that had it first: a propagation style, or `xray`. */
  readonly style: string;
  readonly links: Link[];
  readonly attributes: Attributes;
}

const PROPAGATION_ERROR = '_dd.propagation_error';

/**
 * One parent from headers of several formats. The first style with a valid context has the trace; decision and tags are
 * its own. Where `traceparent` speaks of the same trace, the span is W3C's (a service in between may know nothing of Datadog) and
 * other vendors' state is kept. A context of another trace becomes a link.
 * https://github.com/DataDog/system-tests/blob/main/tests/parametric/test_headers_precedence.py
 */
export function resolveParent(sources: readonly ReadField[], settings: ExtractSettings): ResolvedParent | undefined {
  const { extractStyles, extractFirst, tagsMaxLength } = settings;
  const knowsDatadog = extractStyles.includes('datadog');
  const headers = knowsDatadog ? extractDatadogHeaders(sources, tagsMaxLength) : undefined;
  const w3c = extractStyles.includes('tracecontext') ? extractTraceContext(sources) : undefined;

  let parent: RemoteSpanContext | undefined;
  let style = '';
  const links: Link[] = [];
  for (const next of extractStyles) {
    const spanContext = contextIn(next, sources, headers, w3c);
    if (spanContext === undefined) continue;
    if (parent === undefined) {
      parent = spanContext;
      style = next;
      if (extractFirst) break;
    } else if (spanContext.traceId !== parent.traceId) {
      links.push({ context: spanContext, attributes: { reason: 'terminated_context', context_headers: next } });
    } else if (next === 'tracecontext') {
      parent = withTraceContext(parent, spanContext, headers);
    }
  }
  if (parent === undefined && knowsDatadog) {
    parent = extractXRay(sources);
    style = 'xray';
  }
  if (parent === undefined) return undefined;
  if (knowsDatadog) parent = withPathway(parent, extractPathway(sources));
  const malformed = style === 'datadog' ? headers?.malformedUpperHalf : undefined;
  const attributes = malformed === undefined ? {} : { [PROPAGATION_ERROR]: recorded(`malformed_tid ${malformed}`) };
  return { spanContext: parent, style, links, attributes };
}

function contextIn(
  style: PropagationStyle,
  sources: readonly ReadField[],
  headers: DatadogHeaders | undefined,
  w3c: RemoteSpanContext | undefined,
): RemoteSpanContext | undefined {
  switch (style) {
    case 'datadog': {
      if (headers === undefined) return undefined;
      // Without a parent of its own, Datadog's trace has the one that W3C names in the same trace.
      const spanId = headers.spanId ?? (w3c?.traceId === headers.traceId ? w3c.spanId : undefined);
      return spanId === undefined ? undefined : remoteSpanContext(headers.traceId, spanId, headers.state);
    }
    case 'tracecontext':
      return w3c;
    case 'b3':
      return extractB3(sources);
    case 'b3multi':
      return extractB3Multi(sources);
    default:
      return undefined;
  }
}

/** The parent with the span and the vendors' state that `traceparent` and `tracestate` have of the same trace. */
function withTraceContext(
  parent: RemoteSpanContext,
  w3c: RemoteSpanContext,
  headers: DatadogHeaders | undefined,
): RemoteSpanContext {
  const { datadog, foreign, randomTraceId } = w3c.traceState;
  const state = parent.traceState.datadog;
  const undecided = state.samplingPriority === undefined;
  const samplingPriority = undecided ? datadog.samplingPriority : state.samplingPriority;
  const decisionMaker = undecided && !state.tags.has(DECISION_MAKER) ? datadog.tags.get(DECISION_MAKER) : undefined;
  const tags = decisionMaker === undefined ? state.tags : new Map(state.tags).set(DECISION_MAKER, decisionMaker);
  const merged = {
    ...state,
    samplingPriority,
    tags,
    parentId: lastDatadogParent(w3c, headers),
    unknown: datadog.unknown,
  };
  return {
    traceId: w3c.traceId,
    spanId: w3c.spanId,
    traceFlags: (w3c.traceFlags & ~TraceFlags.SAMPLED) | sampledFlag(samplingPriority),
    isRemote: true,
    traceState: new DatadogTraceState(merged, foreign, randomTraceId),
  };
}

function lastDatadogParent(w3c: RemoteSpanContext, headers: DatadogHeaders | undefined): string | undefined {
  const { parentId } = w3c.traceState.datadog;
  if (parentId !== undefined || headers?.traceId !== w3c.traceId) return parentId;
  return headers.spanId === w3c.spanId ? undefined : headers.spanId;
}

function withPathway(parent: RemoteSpanContext, pathway: string | undefined): RemoteSpanContext {
  if (pathway === undefined) return parent;
  const { datadog, foreign, randomTraceId } = parent.traceState;
  return { ...parent, traceState: new DatadogTraceState({ ...datadog, pathway }, foreign, randomTraceId) };
}
