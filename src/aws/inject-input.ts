import { CONTEXT_ATTRIBUTE_NAMES, type MessageAttributes, withContextAttributes } from '../carriers/message-attributes';
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
      return withFields(input, fields());
    case 'SendMessageBatch':
      return withEntries(input, fields());
    case 'ReceiveMessage':
      return withAttributeNames(input);
    default:
      return input;
  }
}

type Message = { MessageAttributes?: MessageAttributes };

function withFields(message: Message, fields: Fields): object {
  if (Object.keys(fields).length === 0) return message;
  const attributes = withContextAttributes(message.MessageAttributes, fields);
  return attributes === message.MessageAttributes ? message : copyWith(message, { MessageAttributes: attributes });
}

function withEntries(input: { Entries?: unknown }, fields: Fields): object {
  if (!Array.isArray(input.Entries) || Object.keys(fields).length === 0) return input;
  return copyWith(input, {
    Entries: input.Entries.map((entry) => (isObject(entry) ? withFields(entry, fields) : entry)),
  });
}

/** A queue gives only the attributes that it is asked for. */
function withAttributeNames(input: { MessageAttributeNames?: unknown }): object {
  const asked: unknown[] = Array.isArray(input.MessageAttributeNames) ? input.MessageAttributeNames : [];
  if (asked.includes('All') || asked.includes('.*')) return input;
  return copyWith(input, { MessageAttributeNames: [...new Set([...asked, ...CONTEXT_ATTRIBUTE_NAMES])] });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
