import type { Attributes, Link } from '@opentelemetry/api';
import { extractB3, extractB3Multi } from './b3';
import { type DatadogHeaders, extractDatadogHeaders, namesSpan } from './datadog-headers';
import { DatadogParent, MergedParent, ParentWithPathway } from './datadog-parent';
import type { ReadField } from './fields';
import { extractPathway } from './pathway';
import type { ExtractSettings } from './propagation-settings';
import type { PropagationStyle } from './propagation-style';
import { recorded } from './recorded-text';
import { type RemoteParent, spanContextOf } from './remote-parent';
import { extractTraceContext, type TraceContextHeaders, TraceContextParent } from './traceparent';
import { extractXRay } from './x-ray';

/** The one parent that a carrier's headers name, and what they say beside it. */
export interface ResolvedParent {
  readonly parent: RemoteParent;
  /** Name of the format that had it first: a propagation style, or `xray`. */
  readonly style: string;
  readonly links: readonly Link[];
  /** For the span that starts with it; `undefined` for none. */
  readonly attributes: Attributes | undefined;
}

const NO_LINKS: readonly Link[] = [];
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
  const traceContext = extractStyles.includes('tracecontext') ? extractTraceContext(sources) : undefined;
  const datadog = knowsDatadog ? extractDatadogHeaders(sources, tagsMaxLength, traceContext) : undefined;

  let parent: RemoteParent | undefined;
  let style = '';
  let links: Link[] | undefined;
  for (const next of extractStyles) {
    if (next === 'tracecontext' && traceContext !== undefined && traceContext.traceId === parent?.traceId) {
      parent = new MergedParent(parent, traceContext, datadog);
      continue;
    }
    const other = parentIn(next, sources, datadog, traceContext);
    if (other === undefined) continue;
    if (parent === undefined) {
      parent = other;
      style = next;
      if (extractFirst) break;
    } else if (other.traceId !== parent.traceId) {
      const attributes = { reason: 'terminated_context', context_headers: next };
      links ??= [];
      links.push({ context: spanContextOf(other), attributes });
    }
  }
  if (parent === undefined && knowsDatadog) {
    parent = extractXRay(sources);
    style = 'xray';
  }
  if (parent === undefined) return undefined;
  const pathway = knowsDatadog ? extractPathway(sources) : undefined;
  if (pathway !== undefined) parent = new ParentWithPathway(parent, pathway);
  const malformed = style === 'datadog' ? datadog?.malformedUpperHalf : undefined;
  const attributes =
    malformed === undefined ? undefined : { [PROPAGATION_ERROR]: recorded(`malformed_tid ${malformed}`) };
  return { parent, style, links: links ?? NO_LINKS, attributes };
}

function parentIn(
  style: PropagationStyle,
  sources: readonly ReadField[],
  datadog: DatadogHeaders | undefined,
  traceContext: TraceContextHeaders | undefined,
): RemoteParent | undefined {
  switch (style) {
    case 'datadog':
      return datadog && datadogParent(datadog, traceContext);
    case 'tracecontext':
      return traceContext && new TraceContextParent(traceContext);
    case 'b3':
      return extractB3(sources);
    case 'b3multi':
      return extractB3Multi(sources);
    default:
      return undefined;
  }
}

/** Without a parent of its own, Datadog's trace has the one that W3C names in the same trace. */
function datadogParent(
  headers: DatadogHeaders,
  traceContext: TraceContextHeaders | undefined,
): RemoteParent | undefined {
  const otherSpanId = traceContext?.traceId === headers.traceId ? traceContext.spanId : undefined;
  if (otherSpanId === undefined && !namesSpan(headers)) return undefined;
  return new DatadogParent(headers, otherSpanId);
}
