import { DATADOG_ATTRIBUTE } from '../carriers/datadog-attribute';
import { isObject } from '../carriers/is-object';
import { propertiesOf } from '../carriers/properties-of';
import { type InferredSpan, type Invocation, inferredSpan, type Named, text, textIn } from './inferred-span';
import { isoTime, millisTime, secondsTime } from './message-source';

type Properties = Readonly<Record<string, unknown>>;

/**
 * The services that a message has come through, a record of a Lambda event, an event of EventBridge's, or a message of the AWS SDK's: the last is the
 * one that it was received from. None where that does not say when it got the message.
 */
export function servicesOf(message: unknown, invocation: Invocation): InferredSpan[] {
  const properties = propertiesOf(message);
  const { Sns, kinesis, Data, dynamodb, s3, detail } = properties;
  if (isObject(Sns)) return listed(topicSpan(propertiesOf(Sns), properties.EventSubscriptionArn, invocation));
  if (isObject(kinesis)) return listed(streamSpan(properties, propertiesOf(kinesis), invocation));
  if (Data !== undefined) return listed(receivedStreamSpan(properties, invocation));
  if (isObject(dynamodb)) return listed(tableSpan(properties, propertiesOf(dynamodb), invocation));
  if (isObject(s3)) return listed(bucketSpan(properties, propertiesOf(s3), invocation));
  if (isObject(detail)) return listed(busSpan(properties, invocation));
  return queueSpans(properties, invocation);
}

function queueSpans(message: Properties, invocation: Invocation): InferredSpan[] {
  const { Attributes, attributes = Attributes, eventSourceARN, Body, body = Body } = message;
  const { SentTimestamp, ApproximateReceiveCount, SenderId } = propertiesOf(attributes);
  const start = millisTime(SentTimestamp);
  if (start === undefined) return [];
  const queue = lastOf(eventSourceARN) || (invocation.destination ?? '');
  const receives = Number(ApproximateReceiveCount);
  const own = inferredSpan(
    'aws.sqs',
    start,
    { name: queue, kind: 'lambda_sqs', fallback: 'sqs', type: 'web' },
    invocation,
    {
      queuename: queue,
      event_source_arn: text(eventSourceARN),
      sender_id: text(SenderId),
      retry_count: receives > 0 ? receives : undefined,
    },
  );
  const before = spanBeforeQueue(propertiesOf(parseEnvelope(body)), invocation);
  return before === undefined ? [own] : [{ ...before, end: start }, own];
}

/** Of the topic, or the bus, whose envelope the body is. */
function spanBeforeQueue(envelope: Properties, invocation: Invocation): InferredSpan | undefined {
  if (envelope.TopicArn && envelope.Timestamp) return topicSpan(envelope, undefined, invocation);
  return propertiesOf(envelope.detail)[DATADOG_ATTRIBUTE] ? busSpan(envelope, invocation) : undefined;
}

function topicSpan(notification: Properties, subscription: unknown, invocation: Invocation): InferredSpan | undefined {
  const { TopicArn, Timestamp, Type, Subject, MessageId } = notification;
  const start = isoTime(Timestamp);
  if (start === undefined) return undefined;
  const topic = lastOf(TopicArn);
  return inferredSpan('aws.sns', start, { name: topic, kind: 'lambda_sns', fallback: 'sns', type: 'sns' }, invocation, {
    type: text(Type),
    subject: text(Subject),
    message_id: text(MessageId),
    topicname: topic,
    topic_arn: text(TopicArn),
    event_subscription_arn: text(subscription),
  });
}

/** The times of a schedule, and of AWS's own events, are no way that a message came. */
const OF_AWS_ITSELF = 'aws.events';

function busSpan({ time, source }: Properties, invocation: Invocation): InferredSpan | undefined {
  const start = isoTime(time);
  if (start === undefined || source === OF_AWS_ITSELF) return undefined;
  const named = { name: textIn(source), kind: 'lambda_eventbridge', fallback: 'eventbridge', type: 'web' };
  return inferredSpan('aws.eventbridge', start, named, invocation, {});
}

function streamSpan(record: Properties, kinesis: Properties, invocation: Invocation): InferredSpan | undefined {
  const { eventSourceARN, eventName, eventVersion, eventID } = record;
  const start = secondsTime(kinesis.approximateArrivalTimestamp);
  if (start === undefined) return undefined;
  const stream = lastOf(eventSourceARN).replace(/^stream\//, '');
  return inferredSpan('aws.kinesis', start, ofStream(stream), invocation, {
    streamname: stream,
    event_id: text(eventID),
    event_name: text(eventName),
    event_source_arn: text(eventSourceARN),
    event_version: text(eventVersion),
    partition_key: text(kinesis.partitionKey),
    shardid: textIn(eventID).split(':').pop(),
  });
}

function receivedStreamSpan(record: Properties, invocation: Invocation): InferredSpan | undefined {
  const { ApproximateArrivalTimestamp: arrived, PartitionKey } = record;
  const start = millisTime(arrived instanceof Date ? arrived.getTime() : undefined);
  if (start === undefined) return undefined;
  const stream = invocation.destination ?? '';
  const tags = { streamname: stream, partition_key: text(PartitionKey) };
  return inferredSpan('aws.kinesis', start, ofStream(stream), invocation, tags);
}

function ofStream(name: string): Named {
  return { name, kind: 'lambda_kinesis', fallback: 'kinesis', type: 'web' };
}

function tableSpan(record: Properties, dynamodb: Properties, invocation: Invocation): InferredSpan | undefined {
  const { eventSourceARN, eventName, eventVersion, eventID } = record;
  const start = secondsTime(dynamodb.ApproximateCreationDateTime);
  if (start === undefined) return undefined;
  const table = textIn(eventSourceARN).split('/')[1] ?? '';
  const named = { name: table, kind: 'lambda_dynamodb', fallback: 'aws.dynamodb', type: 'web' };
  const resource = `${textIn(eventName)} ${table}`;
  return inferredSpan('aws.dynamodb', start, { ...named, resource }, invocation, {
    tablename: table,
    event_name: text(eventName),
    event_version: text(eventVersion),
    event_source_arn: text(eventSourceARN),
    event_id: text(eventID),
    stream_view_type: text(dynamodb.StreamViewType),
    size_bytes: number(dynamodb.SizeBytes),
  });
}

function bucketSpan({ eventTime, eventName }: Properties, s3: Properties, invocation: Invocation) {
  const start = isoTime(eventTime);
  if (start === undefined) return undefined;
  const { name, arn } = propertiesOf(s3.bucket);
  const { key, size, eTag } = propertiesOf(s3.object);
  const named = { name: textIn(name), kind: 'lambda_s3', fallback: 's3', type: 'web' };
  return inferredSpan('aws.s3', start, named, invocation, {
    bucketname: text(name),
    bucket_arn: text(arn),
    event_name: text(eventName),
    object_key: text(key),
    object_size: number(size),
    object_etag: text(eTag),
  });
}

/** The members of these by which an envelope is known; what has none of them is not parsed. */
const ENVELOPES = /"(?:TopicArn|detail-type)"/;
const MAX_LENGTH = 1024 * 1024;

function parseEnvelope(body: unknown): unknown {
  if (typeof body !== 'string' || body.length > MAX_LENGTH || !ENVELOPES.test(body)) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function listed(span: InferredSpan | undefined): InferredSpan[] {
  return span === undefined ? [] : [span];
}

/** What stands last in an ARN. */
function lastOf(arn: unknown): string {
  return textIn(arn).split(':').pop() ?? '';
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
