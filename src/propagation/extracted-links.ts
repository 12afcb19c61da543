import { type Context, createContextKey, type Link } from '@opentelemetry/api';

/** More links than these on one span pass what the Agent stores of them (25,000 characters). */
const MAX_LINKS = 100;

/** Links that extraction found, and how many more it left out. */
export interface ExtractedLinks {
  readonly links: Link[];
  readonly omitted: number;
}

const KEY = createContextKey('otel-datadog-bridge extracted links');

/**
 * The links that extraction found beside the parent: contexts of another trace in the same carrier
 * (`reason: terminated_context`), and the other records of a batch. Give them to the span that starts
 * with this context; `DatadogSpanProcessor` does it by itself.
 */
export function getExtractedLinks(context: Context): Link[] {
  return extractedLinks(context).links;
}

export function extractedLinks(context: Context): ExtractedLinks {
  return (context.getValue(KEY) as ExtractedLinks | undefined) ?? { links: [], omitted: 0 };
}

/** The context with these links in place of what it had; at most 100, the others are counted. */
export function setExtractedLinks(context: Context, links: readonly Link[]): Context {
  if (links.length === 0) return context.getValue(KEY) === undefined ? context : context.deleteValue(KEY);
  const kept: ExtractedLinks = { links: links.slice(0, MAX_LINKS), omitted: Math.max(0, links.length - MAX_LINKS) };
  return context.setValue(KEY, kept);
}
