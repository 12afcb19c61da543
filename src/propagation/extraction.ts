import { type Attributes, type Context, createContextKey, type Link } from '@opentelemetry/api';

/** More links than these on one span pass what the Agent stores of them (25,000 characters). */
export const MAX_LINKS = 100;

/** The attribute of a span that has more links than it can hold: how many are left out. */
export const OMITTED_LINKS = 'otel_datadog_bridge.omitted_links';

/** What extraction found beside the parent, for the span that starts with the context. */
export interface Extraction {
  readonly links: readonly Link[];
  /** How many more links there were. */
  readonly omitted: number;
  readonly attributes: Attributes;
}

const NOTHING: Extraction = { links: [], omitted: 0, attributes: {} };
const KEY = createContextKey('otel-datadog-bridge extraction');

/**
 * The links that extraction found beside the parent: contexts of another trace in the same carrier
 * (`reason: terminated_context`), the one that a new trace was started in place of
 * (`reason: propagation_behavior_extract`), and the other records of a batch. Give them to the span that starts
 * with this context; `DatadogSpanProcessor` does it by itself.
 */
export function getExtractedLinks(context: Context): Link[] {
  // A copy: where nothing was found, all contexts have the same list.
  return [...extractionOf(context).links];
}

export function extractionOf(context: Context): Extraction {
  return (context.getValue(KEY) as Extraction | undefined) ?? NOTHING;
}

/**
 * The context with these links and attributes in place of what it had; at most 100 links, the others are counted, with those that
 * were left out before.
 */
export function setExtraction(
  context: Context,
  links: readonly Link[],
  attributes: Attributes = NOTHING.attributes,
  omitted = 0,
): Context {
  if (links.length === 0 && isEmpty(attributes)) {
    return context.getValue(KEY) === undefined ? context : context.deleteValue(KEY);
  }
  const extraction: Extraction = {
    links: links.slice(0, MAX_LINKS),
    omitted: omitted + Math.max(0, links.length - MAX_LINKS),
    attributes,
  };
  return context.setValue(KEY, extraction);
}

function isEmpty(attributes: Attributes): boolean {
  for (const _key in attributes) return false;
  return true;
}
