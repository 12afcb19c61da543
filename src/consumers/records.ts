import { type Context, defaultTextMapGetter, diag, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { contextText } from '../carriers/context-text';
import { isObject } from '../carriers/is-object';
import { keptMessage } from '../carriers/kept-messages';
import { carriersOfMessage } from '../carriers/message-carriers';
import { propagatorInForce } from '../carriers/propagator-in-force';
import type { MessageLinks } from '../configuration/consumers';
import type { Environment } from '../configuration/environment';
import { extractionOf, setExtraction } from '../propagation/extraction';
import { DistinctLinks } from './distinct-links';

/** What `read` finds in a message or event; `undefined` where that is something which throws when it is looked at. */
export function readSafely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    diag.debug('otel-datadog-bridge: the message cannot be read', error);
    return undefined;
  }
}

/** The message as it was received: what the application was given may have no context any more. */
export function receivedMessage(message: unknown): unknown {
  return isObject(message) ? (keptMessage(message) ?? message) : undefined;
}

/**
 * The context that a message carries, over `base`, whose span gives way to the message's, or to none where the message asks for a new trace;
 * `undefined` if it carries none; baggage alone is none.
 */
export function contextOf(message: unknown, base: Context, env?: Environment): Context | undefined {
  return readSafely(() => {
    const bare = trace.getSpan(base) === undefined ? base : trace.deleteSpan(base);
    const propagator = propagatorInForce(env);
    for (const carrier of carriersOfMessage(receivedMessage(message))) {
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

/** What a batch carries. */
export interface BatchReading {
  readonly context: Context;
  /** The record that the context is of. */
  readonly message: unknown;
}

/**
 * The first context that there is in the records, over `base`, with links to what the other records carry, each span once; where `links` is
 * `only`, to the first too, which is no parent then. `undefined` if none carries one.
 *
 * A record whose context stands there word for word as on one before is not read again. Once there are as many links as a span can hold, no record is: what is
 * left out is counted by its text.
 */
export function contextOfBatch(
  records: readonly unknown[],
  base: Context,
  links: MessageLinks = 'others',
  env?: Environment,
): BatchReading | undefined {
  let parent: Context | undefined;
  let message: unknown;
  const found = new DistinctLinks();
  const texts = new Set<string>();
  for (const record of records) {
    // One alone is compared to none.
    const text = (records.length > 1 && readSafely(() => contextText(receivedMessage(record)))) || '';
    if (texts.has(text)) continue;
    if (parent !== undefined && found.isFull) {
      if (text !== '') found.omitted += 1;
      texts.add(text);
      continue;
    }
    const context = contextOf(record, parent ? ROOT_CONTEXT : base, env);
    if (context === undefined) continue;
    // Another propagator of the application's may have read what has no text for us.
    if (text !== '') texts.add(text);
    const spanContext = trace.getSpanContext(context);
    if (parent !== undefined) {
      if (spanContext !== undefined) found.add({ context: spanContext });
      else for (const link of extractionOf(context).links) found.add(link);
      continue;
    }
    parent = context;
    message = record;
    if (spanContext !== undefined && links === 'only') {
      parent = trace.deleteSpan(context);
      found.add({ context: spanContext });
    } else if (spanContext !== undefined) found.isNew(spanContext);
    for (const link of extractionOf(context).links) found.add(link);
  }
  if (parent === undefined) return undefined;
  const { attributes } = extractionOf(parent);
  return { context: setExtraction(parent, found.links, attributes, found.omitted), message };
}
