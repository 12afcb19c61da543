import { copyWith } from '../carriers/copy';
import { isObject } from '../carriers/is-object';
import { type ContextAttribute, type MessageAttributes, withContextAttributes } from '../carriers/message-attributes';
import { messageSize, messageSizeBound, type SizedMessage } from '../carriers/message-size';
import { withEntries, withEntriesWithin } from './writer';

/** The message with the context's attributes, as far as there are slots; itself where there are none, or it would pass the limit in bytes. */
export function withContext(message: SizedMessage, context: readonly ContextAttribute[], limit: number): SizedMessage {
  const own = message.MessageAttributes ?? undefined;
  const attributes = withContextAttributes(own, context);
  if (attributes === own) return message;
  const written = copyWith(message, { MessageAttributes: attributes });
  return messageSizeBound(written) <= limit || messageSize(written) <= limit ? written : message;
}

/** What becomes of one entry of a batch. */
export type WriteMessage = (message: SizedMessage) => SizedMessage;

/** The batch with its entries written, or the first alone; from the first on, as long as all of them together stay within the limit. */
export function withContextOnEach(
  input: object,
  list: string,
  write: WriteMessage,
  context: readonly ContextAttribute[],
  limit: number,
  everyEntry: boolean,
): object {
  const entries: unknown = (input as Record<string, unknown>)[list];
  if (!Array.isArray(entries)) return input;
  const messages = entries.filter(isObject) as SizedMessage[];
  const perEntry = messageSizeBound({ MessageAttributes: attributesOf(context) });
  const bound = messages.reduce((sum, message) => sum + messageSizeBound(message) + perEntry, 0);
  if (bound <= limit) return withEntries(input, list, write, everyEntry);

  return withEntriesWithin(limit, messageSize, input, list, write, everyEntry);
}

function attributesOf(context: readonly ContextAttribute[]): MessageAttributes {
  return Object.fromEntries(context.map(({ name, attribute }) => [name, attribute]));
}
