import { BAGGAGE, isBaggageAlone } from '../propagation/baggage';
import { parseBaggage } from '../propagation/baggage-header';
import type { Fields } from '../propagation/fields';
import type { OutgoingFields } from '../propagation/outgoing-fields';
import { DEFAULT_SETTINGS } from '../propagation/propagation-settings';
import { TRACEPARENT, TRACESTATE } from '../propagation/traceparent';
import { AWS_TRACE_HEADER } from '../propagation/x-ray';
import { copyWith } from './copy';
import { DATADOG_ATTRIBUTE, formatDatadogAttribute, formatOutgoing } from './datadog-attribute';
import { isObject } from './is-object';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const MAX_MESSAGE_ATTRIBUTES = 10;

/** `MessageAttributes` of an AWS SDK input or message. */
export type MessageAttributes = Record<string, MessageAttribute>;
export interface MessageAttribute {
  DataType: string;
  StringValue?: string;
  BinaryValue?: Uint8Array;
}

/** No context is longer; in base64 this is 24 KiB. */
const MAX_BINARY_LENGTH = 32 * 1024;

/** The attributes of ours, the one that nothing can be lost without first. */
const NAMES_BESIDE: readonly string[] = [TRACEPARENT, TRACESTATE, BAGGAGE];
const NAMES: readonly string[] = [DATADOG_ATTRIBUTE, ...NAMES_BESIDE];

/** The names to ask a queue for. */
export const CONTEXT_ATTRIBUTE_NAMES = NAMES;

/** The same of SQS' own attributes: Datadog's header, and when the message was sent. */
export const SYSTEM_ATTRIBUTE_NAMES: readonly string[] = [AWS_TRACE_HEADER, 'SentTimestamp'];

/**
 * The text of an attribute, whoever gives it: an AWS SDK message (`StringValue`, `BinaryValue` in bytes),
 * a Lambda record (`stringValue`, `binaryValue` in base64), the body of an SNS notification (`Value`).
 */
export function readMessageAttribute(attribute: unknown): string | undefined {
  if (!isObject(attribute)) return undefined;
  // What nearly all are; to look for every spelling takes longer.
  if ('StringValue' in attribute && typeof attribute.StringValue === 'string') return attribute.StringValue;
  const { StringValue, stringValue, BinaryValue, binaryValue, Type, Value } = attribute as Record<string, unknown>;
  const text = StringValue ?? stringValue ?? (Type === 'Binary' ? undefined : Value);
  if (typeof text === 'string') return text;
  const binary = BinaryValue ?? binaryValue ?? Value;
  if (typeof binary !== 'string' && !(binary instanceof Uint8Array)) return undefined;
  if (binary.length > MAX_BINARY_LENGTH) return undefined;
  return decodeUtf8(typeof binary === 'string' ? Buffer.from(binary, 'base64') : binary);
}

/** A value that looks like an attribute of a message, and not like a header. */
export function isMessageAttribute(value: unknown): value is MessageAttribute {
  return isObject(value) && 'StringValue' in value;
}

/** An attribute that carries a part of the context. It may stand on more than one message. */
export interface ContextAttribute {
  readonly name: string;
  readonly attribute: MessageAttribute;
}

/**
 * A copy of a message's own attributes with the context's (`contextAttributes`) in the slots that they leave: `_datadog`
 * holds every field, `traceparent`, `tracestate` and `baggage` stand beside it as far as there is room.
 * What an earlier send left is replaced; baggage without a span replaces baggage only, and a forwarded context lives
 * on. The given object is not changed, and returned itself when no slot is free.
 */
export function withContextAttributes(
  own: MessageAttributes | undefined,
  context: readonly ContextAttribute[],
): MessageAttributes {
  if (context.length === 0) return own ?? {};
  const attributes: MessageAttributes = copyWith(own ?? {});
  const stale = context[0]?.name === DATADOG_ATTRIBUTE ? NAMES : [BAGGAGE];
  for (const name of stale) {
    if (name in attributes && isContextAttribute(name, attributes[name])) delete attributes[name];
  }
  let free = MAX_MESSAGE_ATTRIBUTES;
  // What is undefined is not sent.
  for (const name in attributes) if (isObject(attributes[name])) free -= 1;
  if (free <= 0) return own ?? attributes;
  for (const { name, attribute } of context) {
    if (free === 0) break;
    if (isObject(attributes[name])) continue;
    attributes[name] = attribute;
    free -= 1;
  }
  return attributes;
}

/**
 * The attributes that carry these fields, in the order in which they take the free slots. Baggage alone is no context of Datadog's.
 * `dataType` is that of `_datadog`.
 */
export function contextAttributes(fields: Fields, dataType: 'String' | 'Binary' = 'String'): ContextAttribute[] {
  const attributes: ContextAttribute[] = [];
  if (!isBaggageAlone(fields)) {
    const json = formatDatadogAttribute(fields);
    const attribute: MessageAttribute =
      dataType === 'String' ? stringAttribute(json) : { DataType: 'Binary', BinaryValue: Buffer.from(json) };
    attributes.push({ name: DATADOG_ATTRIBUTE, attribute });
  }
  for (const name of NAMES_BESIDE) {
    const value = fields[name];
    if (value !== undefined) attributes.push({ name, attribute: stringAttribute(value) });
  }
  return attributes;
}

function stringAttribute(value: string): MessageAttribute {
  return { DataType: 'String', StringValue: value };
}

/** One of these attributes, of fields that are not made yet. */
export function outgoingAttribute(outgoing: OutgoingFields, name: string): string | undefined {
  if (name !== DATADOG_ATTRIBUTE) return outgoing.get(name);
  return outgoing.names[0] === BAGGAGE ? undefined : formatOutgoing(outgoing);
}

/** Whether the attribute with this name of ours is a context's: `baggage` is a word that an application may use for something else. */
export function isContextAttribute(name: string, attribute: unknown): boolean {
  if (name !== BAGGAGE) return attribute !== undefined;
  return parseBaggage(readMessageAttribute(attribute) ?? '', DEFAULT_SETTINGS) !== undefined;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
