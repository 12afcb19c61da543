import { type Attributes, type Link, ROOT_CONTEXT, type Span } from '@opentelemetry/api';
import { extractionOf, MAX_LINKS, OMITTED_LINKS } from '../../propagation/extraction';
import { withMessageContext } from '../message-context';
import { contextOfBatch } from '../records';

/** What a library knows of its messages and the messages do not say themselves. */
export interface Source {
  readonly destination?: string | undefined;
  readonly attributes?: Attributes;
}

/** Runs `call` in the message's span. */
export function processMessage<T>(message: unknown, { destination, attributes = {} }: Source, call: () => T): T {
  return withMessageContext(
    message,
    (span) => {
      span.setAttributes(attributes);
      return call();
    },
    { destination },
  );
}

/**
 * Runs `call` in one span for all of the messages: the child of the first that carries a context, with links to the others, of which
 * there are at most 100. Without a message there is no span.
 */
export function processMessages<T>(messages: unknown, { destination, attributes }: Source, call: () => T): T {
  if (!Array.isArray(messages) || messages.length === 0) return call();
  const reading = contextOfBatch(messages, ROOT_CONTEXT);
  const { links, omitted } = extractionOf(reading?.context ?? ROOT_CONTEXT);
  return withMessageContext(
    reading?.message ?? messages[0],
    (span) => {
      const tooMany = omitted + addLinks(span, links);
      span.setAttributes({
        ...attributes,
        'messaging.batch.message_count': messages.length,
        ...(tooMany > 0 && { [OMITTED_LINKS]: tooMany }),
      });
      return call();
    },
    { destination },
  );
}

/** Adds those that the span has not, as many as it can hold, and returns how many are left. It has those which the first message carries itself. */
function addLinks(span: Span, links: readonly Link[]): number {
  const { links: present = [] } = span as { links?: readonly Link[] };
  const known = new Set(present.map(({ context }) => context.spanId));
  const missing = links.filter(({ context }) => !known.has(context.spanId));
  const room = Math.max(0, MAX_LINKS - present.length);
  span.addLinks(missing.slice(0, room));
  return Math.max(0, missing.length - room);
}
