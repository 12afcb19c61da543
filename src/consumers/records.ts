import {
  type Context,
  defaultTextMapGetter,
  diag,
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import { isObject } from '../carriers/is-object';
import { keptMessage } from '../carriers/kept-messages';
import { carriersOfMessage } from '../carriers/message-carriers';
import { propagatorInForce } from '../carriers/propagator-in-force';
import type { Environment } from '../configuration/environment';
import { extractionOf, setExtraction } from '../propagation/extraction';

/** What `read` finds in a message or event; `undefined` where that is something which throws when it is looked at. */
export function readSafely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    diag.debug('otel-datadog-bridge: the message cannot be read', error);
    return undefined;
  }
}

/**
 * The context that a message carries, over `base`, whose span gives way to the message's, or to none where the message asks for a new trace;
 * `undefined` if it carries none; baggage alone is none.
 */
export function contextOf(message: unknown, base: Context, env?: Environment): Context | undefined {
  return readSafely(() => {
    const received = isObject(message) ? (keptMessage(message) ?? message) : undefined;
    const bare = trace.deleteSpan(base);
    const propagator = propagatorInForce(env);
    for (const carrier of carriersOfMessage(received)) {
      const extracted = propagator.extract(bare, carrier, defaultTextMapGetter);
      if (isParent(extracted, bare)) return extracted;
    }
    return undefined;
  });
}

/** Whether more than baggage was extracted: a span, or, where a new trace is asked for, a link to one. */
export function isParent(extracted: Context, base: Context): boolean {
  if (extracted === base) return false;
  return trace.getSpanContext(extracted) !== undefined || extractionOf(extracted).links.length > 0;
}

/**
 * The first context that there is in the records, over `base`, with links to what the other records carry, each span once;
 * `undefined` if none carries one.
 */
export function contextOfBatch(records: readonly unknown[], base: Context): Context | undefined {
  let parent: Context | undefined;
  const seen = new Set<string>();
  const links: Link[] = [];
  for (const record of records) {
    const context = contextOf(record, parent ? ROOT_CONTEXT : base);
    if (context === undefined) continue;
    const spanContext = trace.getSpanContext(context);
    const found = parent && spanContext ? [{ context: spanContext }] : extractionOf(context).links;
    if (!parent && (spanContext || found.length > 0)) {
      parent = context;
      if (spanContext) seen.add(idOf(spanContext));
    }
    for (const link of found) {
      if (seen.has(idOf(link.context))) continue;
      seen.add(idOf(link.context));
      links.push(link);
    }
  }
  return parent && setExtraction(parent, links, extractionOf(parent).attributes);
}

function idOf({ traceId, spanId }: SpanContext): string {
  return `${traceId}${spanId}`;
}
