import type { Attributes } from '@opentelemetry/api';
import { DATADOG_ATTRIBUTE } from '../carriers/datadog-attribute';
import { isObject } from '../carriers/is-object';
import { parseBody } from '../carriers/json-body';
import { propertiesOf } from '../carriers/properties-of';
import { recorded } from '../propagation/recorded-text';

/** What a message says of itself; a Lambda record also where it comes from. */
export interface MessageSource {
  /** As OpenTelemetry's conventions call it, where they have a name for it. */
  readonly system: string;
  readonly id?: string | undefined;
  readonly destination?: string | undefined;
  /** When it was sent, in milliseconds since 1970. */
  readonly sentTime?: number | undefined;
  /** What its system alone has. */
  readonly attributes?: Attributes | undefined;
}

/** The same of any message that the context can be extracted from. https://opentelemetry.io/docs/specs/semconv/registry/attributes/messaging/ */
export function messageSource(message: unknown): MessageSource {
  const properties = propertiesOf(message);
  const { Sns, kinesis, dynamodb, Data, detail, headers } = properties;
  if (isObject(Sns)) return sourceOfNotification(propertiesOf(Sns));
  if (isObject(kinesis)) return sourceOfKinesis(properties, propertiesOf(kinesis));
  if (isObject(dynamodb)) return sourceOfTable(properties, propertiesOf(dynamodb));
  if (Data !== undefined) return sourceOfData(properties);
  if (isObject(detail)) return sourceOfEvent(properties);
  if (isObject(headers)) return sourceOfKafka(properties);
  return sourceOfQueued(properties);
}

type Properties = Readonly<Record<string, unknown>>;

function sourceOfNotification({ MessageId, TopicArn, Timestamp }: Properties): MessageSource {
  return {
    system: 'aws.sns',
    id: textIn(MessageId),
    destination: nameIn(TopicArn),
    sentTime: isoTime(Timestamp),
    attributes: { 'aws.sns.topic.arn': textIn(TopicArn) },
  };
}

const KINESIS = 'aws_kinesis';

function sourceOfKinesis({ eventSourceARN }: Properties, kinesis: Properties): MessageSource {
  const { sequenceNumber, approximateArrivalTimestamp } = kinesis;
  return {
    system: KINESIS,
    id: textIn(sequenceNumber),
    destination: nameIn(eventSourceARN),
    sentTime: secondsTime(approximateArrivalTimestamp),
  };
}

/** What the name of a DynamoDB stream has around the table's: `…:table/orders/stream/2026-11-24T12:00:00.000`. */
const TABLE = /:table\/([^/]+)/;

/** Of a change to a table, which carries no context. */
function sourceOfTable({ eventSourceARN, eventID }: Properties, dynamodb: Properties): MessageSource {
  return {
    system: 'aws_dynamodb',
    id: textIn(eventID),
    destination: TABLE.exec(textIn(eventSourceARN) ?? '')?.[1],
    sentTime: secondsTime(dynamodb.ApproximateCreationDateTime),
  };
}

function sourceOfData({ SequenceNumber, ApproximateArrivalTimestamp: arrived }: Properties): MessageSource {
  const sentTime = arrived instanceof Date ? time(arrived.getTime()) : secondsTime(arrived);
  return { system: KINESIS, id: textIn(SequenceNumber), sentTime };
}

/** The event itself does not say which bus it came by; our plugin and some of Datadog's tracers write it, and a time that is exact, beside the context. */
function sourceOfEvent({ id, time: sent, detail }: Properties): MessageSource {
  const context = propertiesOf(propertiesOf(detail)[DATADOG_ATTRIBUTE]);
  const bus = textIn(context['x-datadog-resource-name']);
  return {
    system: 'aws.eventbridge',
    id: textIn(id),
    destination: bus && recorded(bus),
    sentTime: millisTime(context['x-datadog-start-time']) ?? isoTime(sent),
  };
}

/**
 * Of kafkajs, which gives topic and partition to the handler beside the message, or of a Lambda event, which has the key in base64.
 * https://opentelemetry.io/docs/specs/semconv/messaging/kafka/
 */
function sourceOfKafka({ key, offset, timestamp, topic, partition, headers }: Properties): MessageSource {
  const bytes = Array.isArray(headers) && typeof key === 'string' ? Buffer.from(key, 'base64') : key;
  const text = bytes instanceof Uint8Array ? Buffer.from(bytes).toString('utf8') : textIn(bytes);
  return {
    system: 'kafka',
    destination: textIn(topic),
    sentTime: millisTime(timestamp),
    attributes: {
      'messaging.kafka.message.key': text && recorded(text),
      'messaging.kafka.offset': numberIn(offset),
      'messaging.destination.partition.id': numberIn(partition)?.toString(),
    },
  };
}

function sourceOfQueued(message: Properties): MessageSource {
  const { MessageId, messageId = MessageId, eventSourceARN, Body, body = Body, Attributes } = message;
  const { attributes = Attributes } = message;
  const sent = millisTime(propertiesOf(attributes).SentTimestamp);
  return {
    system: 'aws_sqs',
    id: textIn(messageId),
    destination: nameIn(eventSourceARN),
    sentTime: sent ?? sentTimeIn(propertiesOf(parseBody(body))),
    attributes: { 'aws.sqs.queue.url': queueUrl(eventSourceARN) },
  };
}

/** When the topic, or the bus, got what it has put into a queue: a receiver has to ask for when that was. */
function sentTimeIn(envelope: Properties): number | undefined {
  return isObject(envelope.detail) ? sourceOfEvent(envelope).sentTime : isoTime(envelope.Timestamp);
}

/** The last part of an ARN: `…:orders` of a queue or topic, `…:stream/orders`. */
function nameIn(arn: unknown): string | undefined {
  return typeof arn === 'string' ? arn.split(/[:/]/).at(-1) : undefined;
}

function queueUrl(arn: unknown): string | undefined {
  const [, partition, , region, account, queue] = typeof arn === 'string' ? arn.split(':') : [];
  if (!region || !account || !queue) return undefined;
  return `https://sqs.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}/${account}/${queue}`;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

const DIGITS = /^\d{1,16}$/;

/** A number, or its digits. */
function numberIn(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && DIGITS.test(value) ? Number(value) : undefined;
}

/** Milliseconds since 1970 from their number, or its digits. */
export function millisTime(value: unknown): number | undefined {
  return time(numberIn(value));
}

/** The same from seconds. */
export function secondsTime(value: unknown): number | undefined {
  return typeof value === 'number' ? time(Math.round(value * 1000)) : undefined;
}

/** The same from ISO 8601. */
export function isoTime(value: unknown): number | undefined {
  return typeof value === 'string' ? time(Date.parse(value)) : undefined;
}

/** The last that a `Date` can hold. */
const END_OF_TIME = 8.64e15;

function time(millis: number | undefined): number | undefined {
  return millis !== undefined && millis > 0 && millis <= END_OF_TIME ? millis : undefined;
}
