import {
  type Context,
  defaultTextMapGetter,
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import { propagatorInForce } from '../carriers/propagator-in-force';

/**
 * The attributes of a message: `MessageAttributes` as the AWS SDK receives it, `messageAttributes` in the
 * record of a Lambda event.
 */
function carrierOf(message: unknown): object | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { MessageAttributes, messageAttributes } = message as Record<string, unknown>;
  const attributes = MessageAttributes ?? messageAttributes;
  return typeof attributes === 'object' && attributes !== null ? attributes : undefined;
}

/** The context that a message carries, over `base`; `undefined` if it carries no span context. */
export function contextOf(message: unknown, base: Context): Context | undefined {
  const carrier = carrierOf(message);
  if (carrier === undefined) return undefined;
  const bare = trace.deleteSpan(base);
  const extracted = propagatorInForce().extract(bare, carrier, defaultTextMapGetter);
  return trace.getSpanContext(extracted) ? extracted : undefined;
}

/** The first record's context that there is, and links to what the other records carry, each span once. */
export function contextOfBatch(
  records: readonly unknown[],
  base: Context,
): { context: Context; links: Link[] } | undefined {
  let parent: { context: Context; spanContext: SpanContext } | undefined;
  const seen = new Set<string>();
  const links: Link[] = [];
  for (const record of records) {
    const context = contextOf(record, parent ? ROOT_CONTEXT : base);
    const spanContext = context && trace.getSpanContext(context);
    if (!context || !spanContext) continue;
    const id = `${spanContext.traceId}${spanContext.spanId}`;
    if (seen.has(id)) continue;
    seen.add(id);
    if (parent) links.push({ context: spanContext });
    else parent = { context, spanContext };
  }
  return parent && { context: parent.context, links };
}
