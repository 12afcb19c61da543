import { isObject } from '../carriers/is-object';
import {
  CONTEXT_ATTRIBUTE_NAMES,
  type ContextAttribute,
  contextAttributes,
  type MessageAttributes,
  withContextAttributes,
} from '../carriers/message-attributes';
import type { Fields } from '../propagation/fields';
import { copyWith } from './copy';

/** One call of an AWS SDK v3 client, by the names that the client gives itself (`SQS`, `SendMessage`). */
export interface Operation {
  readonly service: string;
  readonly name: string;
}

/**
 * The input with which the operation carries the fields: a copy, or the given object itself where there is nothing to
 * write. Never changes the given object or anything in it.
 */
export function injectInput(operation: Operation, input: object, fields: () => Fields): object {
  if (operation.service !== 'SQS') return input;
  switch (operation.name) {
    case 'SendMessage':
      return withContext(input, contextAttributes(fields()));
    case 'SendMessageBatch':
      return withEntries(input, contextAttributes(fields()));
    case 'ReceiveMessage':
      return withAttributeNames(input);
    default:
      return input;
  }
}

type Message = { MessageAttributes?: MessageAttributes };

function withContext(message: Message, context: readonly ContextAttribute[]): object {
  if (context.length === 0) return message;
  const attributes = withContextAttributes(message.MessageAttributes, context);
  return attributes === message.MessageAttributes ? message : copyWith(message, { MessageAttributes: attributes });
}

function withEntries(input: { Entries?: unknown }, context: readonly ContextAttribute[]): object {
  if (!Array.isArray(input.Entries) || context.length === 0) return input;
  const entries = input.Entries.map((entry) => (isObject(entry) ? withContext(entry, context) : entry));
  return copyWith(input, { Entries: entries });
}

/** A queue gives only the attributes that it is asked for. */
function withAttributeNames(input: { MessageAttributeNames?: unknown }): object {
  const asked: unknown[] = Array.isArray(input.MessageAttributeNames) ? input.MessageAttributeNames : [];
  if (asked.includes('All') || asked.includes('.*')) return input;
  return copyWith(input, { MessageAttributeNames: [...new Set([...asked, ...CONTEXT_ATTRIBUTE_NAMES])] });
}
