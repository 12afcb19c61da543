import type { Attributes } from '@opentelemetry/api';
import { DATADOG_ATTRIBUTE } from '../carriers/datadog-attribute';
import { isObject } from '../carriers/is-object';
import { propertiesOf } from '../carriers/properties-of';
import type { ServiceNaming } from '../configuration/consumers';
import { recorded } from '../propagation/recorded-text';
import { isoTime, millisTime, secondsTime } from './message-source';

/**
 * A span that Datadog infers for a managed service, since nothing traces that itself.
 * https://github.com/DataDog/datadog-lambda-js/blob/main/src/trace/span-inferrer.ts
 */
export interface InferredSpan {
  /** `aws.sqs` */
  readonly operation: string;
  /** Times in milliseconds since 1970. Without an end it is now. */
  readonly start: number;
  readonly end?: number | undefined;
  /** Whether somebody waits for the answer, so that it ends with the invocation. */
  readonly isAnswered?: boolean;
  readonly attributes: Attributes;
}

/** What is known beside the event. */
export interface Invocation {
  readonly naming: ServiceNaming;
  /** Where the message was received, if it does not say so. */
  readonly destination?: string | undefined;
  /** Lambda's id of the invocation. */
  readonly requestId?: string | undefined;
  /** The function's ARN. */
  readonly functionArn?: string | undefined;
}

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

/** The service that has sent a request on to the function: API Gateway (REST, HTTP, websocket) or a function URL. */
export function requestSpan(event: unknown, invocation: Invocation): InferredSpan | undefined {
  const { requestContext, ...properties } = propertiesOf(event);
  if (!isObject(requestContext)) return undefined;
  const request = propertiesOf(requestContext);
  const domain = textIn(request.domainName);
  if (domain.includes('lambda-url')) return urlSpan(properties, request, domain, invocation);
  const isHttpApi = properties.version === '2.0' && properties.rawQueryString !== undefined;
  const isRestApi =
    request.stage !== undefined && properties.httpMethod !== undefined && properties.resource !== undefined;
  if (isHttpApi || isRestApi || request.messageDirection !== undefined)
    return gatewaySpan(properties, request, { domain, isHttpApi: isHttpApi && !isRestApi }, invocation);
  return undefined;
}

function queueSpans(message: Properties, invocation: Invocation): InferredSpan[] {
  const { Attributes, attributes = Attributes, eventSourceARN, Body, body = Body } = message;
  const { SentTimestamp, ApproximateReceiveCount, SenderId } = propertiesOf(attributes);
  const start = millisTime(SentTimestamp);
  if (start === undefined) return [];
  const queue = lastOf(eventSourceARN) || (invocation.destination ?? '');
  const receives = Number(ApproximateReceiveCount);
  const own = inferred(
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
  return inferred('aws.sns', start, { name: topic, kind: 'lambda_sns', fallback: 'sns', type: 'sns' }, invocation, {
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
  return inferred('aws.eventbridge', start, named, invocation, {});
}

function streamSpan(record: Properties, kinesis: Properties, invocation: Invocation): InferredSpan | undefined {
  const { eventSourceARN, eventName, eventVersion, eventID } = record;
  const start = secondsTime(kinesis.approximateArrivalTimestamp);
  if (start === undefined) return undefined;
  const stream = lastOf(eventSourceARN).replace(/^stream\//, '');
  return inferred('aws.kinesis', start, ofStream(stream), invocation, {
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
  return inferred('aws.kinesis', start, ofStream(stream), invocation, tags);
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
  return inferred('aws.dynamodb', start, { ...named, resource }, invocation, {
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
  return inferred('aws.s3', start, named, invocation, {
    bucketname: text(name),
    bucket_arn: text(arn),
    event_name: text(eventName),
    object_key: text(key),
    object_size: number(size),
    object_etag: text(eTag),
  });
}

interface Gateway {
  readonly domain: string;
  readonly isHttpApi: boolean;
}

function gatewaySpan(
  event: Properties,
  request: Properties,
  { domain, isHttpApi }: Gateway,
  invocation: Invocation,
): InferredSpan | undefined {
  const start = millisTime(isHttpApi ? request.timeEpoch : request.requestTimeEpoch);
  if (start === undefined) return undefined;
  const path = firstText(event.rawPath, request.path, request.routeKey);
  const method = methodOf(request);
  const api = textIn(request.apiId);
  const isAnswered = propertiesOf(event.headers)['X-Amz-Invocation-Type'] !== 'Event';
  const named = {
    name: domain,
    mapped: api,
    kind: 'lambda_api_gateway',
    fallback: domain,
    type: 'web',
    resource: `${method || domain} ${resourcePath(event, request)}`,
  };
  const span = inferred(isHttpApi ? 'aws.httpapi' : 'aws.apigateway', start, named, invocation, {
    'http.url': `https://${domain}${path}`,
    'http.method': method || undefined,
    endpoint: path,
    apiid: api,
    stage: method ? text(request.stage) : undefined,
    domain_name: method ? domain : undefined,
    message_direction: text(request.messageDirection),
    connection_id: text(request.connectionId),
    event_type: text(request.eventType),
    dd_resource_key: resourceKey(api, isHttpApi, invocation),
    '_inferred_span.synchronicity': isAnswered ? 'sync' : 'async',
  });
  return { ...span, isAnswered };
}

function urlSpan(event: Properties, request: Properties, domain: string, invocation: Invocation) {
  const start = millisTime(request.timeEpoch);
  if (start === undefined) return undefined;
  const path = textIn(event.rawPath);
  const method = methodOf(request);
  const named = {
    name: domain,
    mapped: textIn(request.apiId),
    kind: 'lambda_url',
    fallback: domain,
    type: 'http',
    resource: `${method || domain} ${path}`,
  };
  const span = inferred('aws.lambda.url', start, named, invocation, {
    'http.url': `https://${domain}${path}`,
    'http.method': method || undefined,
    endpoint: path,
    '_inferred_span.synchronicity': 'sync',
  });
  return { ...span, isAnswered: true };
}

function methodOf({ httpMethod, http }: Properties): string {
  return firstText(httpMethod, propertiesOf(http).method);
}

/** A route with a parameter in it stands for the paths that it matches. */
function resourcePath(event: Properties, { routeKey, resourcePath }: Properties): string {
  const route = textIn(routeKey);
  return (route.includes('{') && route.split(' ')[1]) || firstText(event.rawPath, resourcePath, route);
}

function resourceKey(api: string, isHttpApi: boolean, { functionArn }: Invocation): string | undefined {
  const region = functionArn?.split(':')[3];
  return region && api ? `arn:aws:apigateway:${region}::/${isHttpApi ? 'apis' : 'restapis'}/${api}` : undefined;
}

interface Named {
  readonly name: string;
  /** What `DD_SERVICE_MAPPING` calls it, if not by its name. */
  readonly mapped?: string;
  readonly kind: string;
  readonly fallback: string;
  readonly type: string;
  readonly resource?: string;
}

function inferred(operation: string, start: number, named: Named, invocation: Invocation, tags: Attributes) {
  const { name, mapped = name, kind, fallback, type, resource = name } = named;
  const { naming, requestId } = invocation;
  const service = naming.serviceOf(name, mapped, kind, fallback);
  const attributes: Attributes = {
    'operation.name': operation,
    'resource.name': resource,
    'service.name': service,
    'span.type': type,
    'peer.service': naming.own,
    request_id: requestId,
    '_inferred_span.tag_source': 'self',
    '_inferred_span.synchronicity': 'async',
    ...tags,
  };
  return { operation, start, attributes };
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

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function firstText(...values: unknown[]): string {
  return values.map(textIn).find((value) => value) ?? '';
}

/** What anybody may have written is recorded no longer than other text. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' ? recorded(value) : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
