import { type Attributes, ROOT_CONTEXT } from '@opentelemetry/api';
import { extractionOf } from '../../propagation/extraction';
import { addMissingLinks } from '../distinct-links';
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
  return withMessageContext(
    reading?.message ?? messages[0],
    (span) => {
      span.setAttributes({ ...attributes, 'messaging.batch.message_count': messages.length });
      if (reading !== undefined) addMissingLinks(span, extractionOf(reading.context));
      return call();
    },
    { destination },
  );
}
