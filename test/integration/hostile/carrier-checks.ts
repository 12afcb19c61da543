import { isDeepStrictEqual } from 'node:util';
import type { IHeaders } from 'kafkajs';
import type { HeaderRecord } from './http-senders.ts';
import type { MessageAttributes } from './outcome.ts';

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
const SQS_NAME = /^(?!aws\.|amazon\.|\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/i;
const SQS_VALUE = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]+$/u;
const SQS_MAX_ATTRIBUTES = 10;

/** What SQS refuses a message for. */
export function checkAttributes(attributes: MessageAttributes): void {
  const names = Object.keys(attributes);
  if (names.length > SQS_MAX_ATTRIBUTES) throw new Error(`${names.length} attributes`);
  for (const name of names) {
    if (!SQS_NAME.test(name)) throw new Error(`an attribute called ${JSON.stringify(name)}`);
    const { DataType, StringValue } = attributes[name] ?? {};
    if (DataType !== 'String' || typeof StringValue !== 'string' || !SQS_VALUE.test(StringValue)) {
      throw new Error(`an attribute of ${DataType} ${JSON.stringify(StringValue)}`);
    }
  }
}

/** As kafkajs encodes a record's headers: names as strings, values as bytes, both with their length before them. */
export function checkKafkaHeaders(headers: HeaderRecord): void {
  for (const [name, value] of Object.entries(headers)) {
    const bytes = Buffer.from(value);
    if (bytes.length !== value.length || bytes.toString() !== value) throw new Error(`${name} is not itself in bytes`);
  }
}

/** What a Kafka consumer gets is, byte for byte, what was sent. */
export function checkReceivedHeaders(received: IHeaders, sent: HeaderRecord): void {
  const expected = Object.entries(sent).map(([name, value]) => [name, Buffer.from(value)]);
  if (!isDeepStrictEqual(Object.entries(received), expected)) {
    throw new Error(`Kafka makes ${Object.entries(received)} of ${Object.entries(sent)}`);
  }
}
