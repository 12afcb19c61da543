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
import { extractionOf, setExtraction } from '../propagation/extraction';
import { AWS_TRACE_HEADER } from '../propagation/x-ray';

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

/**
 * The context that a message carries, over `base`, whose span gives way to the message's, or to none where the message asks for a new trace;
 * `undefined` if it carries none; baggage alone is none.
 */
export function contextOf(message: unknown, base: Context): Context | undefined {
  for (const carrier of carriersOf(message)) {
    const bare = trace.deleteSpan(base);
    const extracted = propagatorInForce().extract(bare, carrier, defaultTextMapGetter);
    if (trace.getSpanContext(extracted)) return extracted;
    if (extracted !== bare && extractionOf(extracted).links.length > 0) return extracted;
  }
  return undefined;
}

/**
 * Where a message may carry one: in its attributes (`MessageAttributes` as the AWS SDK receives it, `messageAttributes` in the
 * record of a Lambda event), else in the system attribute that SQS makes of X-Ray's header.
 */
function carriersOf(message: unknown): object[] {
  const {
    MessageAttributes,
    messageAttributes = MessageAttributes,
    Attributes,
    attributes = Attributes,
  } = propertiesOf(message);
  const header = propertiesOf(attributes)[AWS_TRACE_HEADER];
  const system = typeof header === 'string' ? { [AWS_TRACE_HEADER]: header } : undefined;
  return [messageAttributes, system].filter(isObject);
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
