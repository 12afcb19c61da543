import { AWS_TRACE_HEADER } from '../propagation/x-ray';
import { isObject } from './is-object';
import { parseBody, parseData } from './json-body';
import { kafkaHeaders } from './kafka-record';
import { propertiesOf } from './properties-of';

/**
 * Where a message may carry a context, each place a carrier that the propagator reads, in the order in which Datadog's own consumer
 * reads them. The message is one of the AWS SDK's `ReceiveMessage` or `GetRecords`, a record of a Lambda event of SQS, SNS,
 * Kinesis or Kafka, an event of EventBridge's, or a message of Kafka's with its headers. Bodies are parsed when they are reached, once.
 * https://github.com/DataDog/datadog-lambda-js/blob/main/src/trace/context/extractor.ts
 */
export function* carriersOfMessage(message: unknown): Generator<object> {
  const properties = propertiesOf(message);
  const { Sns, kinesis, Data, detail, headers } = properties;
  if (isObject(Sns)) yield* carriersOfNotification(Sns);
  else if (isObject(kinesis)) yield* carriersInData(propertiesOf(kinesis).data);
  else if (Data !== undefined) yield* carriersInData(Data);
  else if (isObject(detail)) yield detail;
  else if (Array.isArray(headers)) yield kafkaHeaders(headers);
  else if (isObject(headers)) yield headers;
  else yield* carriersOfQueued(properties);
}

/** `MessageAttributes` as the AWS SDK spells them, `messageAttributes` as the record of a Lambda event does. */
function* carriersOfQueued(message: Record<string, unknown>): Generator<object> {
  const { Body, body = Body, MessageAttributes, messageAttributes = MessageAttributes } = message;
  const { Attributes, attributes = Attributes } = message;
  const envelope = parseBody(body);
  if (envelope !== undefined) {
    yield* carriersOfNotification(envelope);
    yield* carriersOfEvent(envelope);
  }
  if (hasMembers(messageAttributes)) yield messageAttributes;
  const header = propertiesOf(attributes)[AWS_TRACE_HEADER];
  if (typeof header === 'string') yield { [AWS_TRACE_HEADER]: header };
}

/** Lambda gives each record of SQS attributes, most of them empty. */
function hasMembers(attributes: unknown): attributes is object {
  if (isObject(attributes)) for (const _name in attributes) return true;
  return false;
}

/** What SNS makes of a message: its attributes, and in its text it may be what EventBridge sent. */
function* carriersOfNotification(notification: object): Generator<object> {
  const { MessageAttributes, Message } = propertiesOf(notification);
  if (isObject(MessageAttributes)) yield MessageAttributes;
  yield* carriersOfEvent(parseBody(Message));
}

/** Of an event as EventBridge delivers it. */
export function* carriersOfEvent(event: unknown): Generator<object> {
  const { detail } = propertiesOf(event);
  if (isObject(detail)) yield detail;
}

function* carriersInData(data: unknown): Generator<object> {
  const record = parseData(data);
  if (record === undefined) return;
  yield record;
  yield* carriersOfEvent(record);
}
