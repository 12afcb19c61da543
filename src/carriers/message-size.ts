import { isObject } from './is-object';
import type { MessageAttributes } from './message-attributes';

/** The parts of an SQS or SNS message that its size is made of. */
export interface SizedMessage {
  readonly MessageBody?: unknown;
  readonly Message?: unknown;
  readonly Subject?: unknown;
  readonly MessageAttributes?: MessageAttributes;
}

/** Bytes of an SQS message, of all messages of a batch too. A queue's own limit may be less. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const MAX_SQS_BYTES = 1024 * 1024;
/** The same of SNS, subject included. https://docs.aws.amazon.com/general/latest/gr/sns.html */
export const MAX_SNS_BYTES = 256 * 1024;

type Measure = (text: string) => number;
const exactly: Measure = (text) => Buffer.byteLength(text);
/** UTF-8 has at most three bytes for what is one character in a JavaScript string. */
const atMost: Measure = (text) => text.length * 3;

/** The bytes that a service counts: the text, and the name, type and value of each attribute. */
export function messageSize(message: SizedMessage): number {
  return sizeBy(exactly, message);
}

/** No less than `messageSize`, and found without a look at the text. */
export function messageSizeBound(message: SizedMessage): number {
  return sizeBy(atMost, message);
}

function sizeBy(
  measure: Measure,
  { MessageBody, Message, Subject, MessageAttributes: attributes }: SizedMessage,
): number {
  let size = sizeOf(MessageBody, measure) + sizeOf(Message, measure) + sizeOf(Subject, measure);
  for (const name in attributes) {
    const attribute = attributes[name];
    if (!isObject(attribute)) continue;
    const { DataType, StringValue, BinaryValue } = attribute;
    size += measure(name) + sizeOf(DataType, measure) + sizeOf(StringValue, measure) + sizeOf(BinaryValue, measure);
  }
  return size;
}

function sizeOf(value: unknown, measure: Measure): number {
  if (typeof value === 'string') return measure(value);
  return value instanceof Uint8Array ? value.byteLength : 0;
}
