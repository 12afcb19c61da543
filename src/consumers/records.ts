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
import { propagatorInForce } from '../carriers/propagator-in-force';
import { getExtractedLinks, setExtractedLinks } from '../propagation/extracted-links';

/** What `read` finds in a message or event; `undefined` where that is something which throws when it is looked at. */
export function readSafely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    diag.debug('otel-datadog-bridge: the message cannot be read', error);
    return undefined;
  }
}

/** The properties of a message or event, whatever it is. */
export function propertiesOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? (value as Record<string, unknown>) : {};
}

/** The context that a message carries, over `base`; `undefined` if it carries no span context. */
export function contextOf(message: unknown, base: Context): Context | undefined {
  const carrier = carrierOf(message);
  if (carrier === undefined) return undefined;
  const bare = trace.deleteSpan(base);
  const extracted = propagatorInForce().extract(bare, carrier, defaultTextMapGetter);
  return trace.getSpanContext(extracted) ? extracted : undefined;
}

/**
 * The attributes of a message: `MessageAttributes` as the AWS SDK receives it, `messageAttributes` in the
 * record of a Lambda event.
 */
function carrierOf(message: unknown): object | undefined {
  const { MessageAttributes, messageAttributes = MessageAttributes } = propertiesOf(message);
  return isObject(messageAttributes) ? messageAttributes : undefined;
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
    const spanContext = context && trace.getSpanContext(context);
    if (!spanContext) continue;
    const found = parent ? [{ context: spanContext }] : getExtractedLinks(context);
    if (!parent) {
      parent = context;
      seen.add(idOf(spanContext));
    }
    for (const link of found) {
      if (seen.has(idOf(link.context))) continue;
      seen.add(idOf(link.context));
      links.push(link);
    }
  }
  return parent && setExtractedLinks(parent, links);
}

function idOf({ traceId, spanId }: SpanContext): string {
  return `${traceId}${spanId}`;
}
