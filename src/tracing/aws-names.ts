import { type Attributes, SpanKind } from '@opentelemetry/api';
import type { OperationNames } from '../configuration/operation-names';
import type { DatadogNames, NamedSpan } from './operation-names';

/** v1 has names of their own for what sends and receives; every other call is `aws.<service>.request`. */
const V1: Readonly<Record<string, string>> = {
  'SQS SendMessage': 'aws.sqs.send',
  'SQS SendMessageBatch': 'aws.sqs.send',
  'SQS ReceiveMessage': 'aws.sqs.process',
  'SNS Publish': 'aws.sns.send',
  'SNS PublishBatch': 'aws.sns.send',
  'Lambda Invoke': 'aws.lambda.invoke',
};

interface Destination {
  /** Datadog's for its name. */
  readonly tag: string;
  /** The attribute in which contrib says its name. */
  readonly name: string;
  /** The one that dd-trace's resource has, if any. */
  readonly resource?: string;
}

/** What the calls to a service are to. */
const DESTINATIONS: ReadonlyMap<string, Destination> = new Map([
  ['SQS', { tag: 'queuename', name: 'messaging.destination.name', resource: 'url.full' }],
  ['SNS', { tag: 'topicname', name: 'aws.sns.topic.arn', resource: 'aws.sns.topic.arn' }],
  ['Kinesis', { tag: 'streamname', name: 'aws.kinesis.stream.name', resource: 'aws.kinesis.stream.name' }],
  ['Lambda', { tag: 'functionname', name: 'faas.invoked_name', resource: 'faas.invoked_name' }],
  ['S3', { tag: 'bucketname', name: 'aws.s3.bucket', resource: 'aws.s3.bucket' }],
  ['SFN', { tag: 'statemachinearn', name: 'aws.step_functions.state_machine.arn' }],
]);

/** The tag of a message that is sent by hand, or worked on, whose attribute is OpenTelemetry's own. */
const MESSAGE_TAGS: Readonly<Record<string, string>> = {
  aws_sqs: 'queuename',
  'aws.sns': 'topicname',
  aws_kinesis: 'streamname',
};

/**
 * Of a call to AWS. dd-trace-js gives most of them no type; ddtrace gives them `http`.
 * https://github.com/DataDog/dd-trace-js/tree/master/packages/datadog-plugin-aws-sdk/src/services
 */
export function awsCallNames(attributes: Attributes, naming: OperationNames): DatadogNames {
  const service = String(attributes['rpc.service']);
  const method = String(attributes['rpc.method']);
  const verb = method.charAt(0).toLowerCase() + method.slice(1);
  const { target, destination } = service === 'DynamoDB' ? toTable(attributes) : toDestination(service, attributes);
  return {
    operation: naming === 'v0' ? 'aws.request' : (V1[`${service} ${method}`] ?? `aws.${service.toLowerCase()}.request`),
    resource: target ? `${verb} ${target}` : verb,
    type: typeOf(service, method),
    destination,
  };
}

/** What a call is to: as the resource has it, and as the tag. */
interface Called extends Pick<DatadogNames, 'destination'> {
  readonly target: unknown;
}

function toDestination(service: string, attributes: Attributes): Called {
  const { tag, name = '', resource = '' }: Partial<Destination> = DESTINATIONS.get(service) ?? {};
  const value = attributes[name];
  return { target: attributes[resource], destination: named(tag, tag === 'topicname' ? lastOf(value) : value) };
}

function toTable({ 'aws.dynamodb.table_names': tables }: Attributes): Called {
  const table = Array.isArray(tables) && tables.length === 1 ? tables[0] : undefined;
  return { target: table, destination: named('tablename', table) };
}

/** Nothing where the span does not say it. */
function named(tag: string | undefined, value: unknown): DatadogNames['destination'] {
  return tag !== undefined && typeof value === 'string' ? [tag, value] : undefined;
}

/** The topic in `arn:aws:sns:us-east-1:123456789012:orders`, or in its name alone. */
function lastOf(arn: unknown): unknown {
  return typeof arn === 'string' ? arn.slice(arn.lastIndexOf(':') + 1) : undefined;
}

function typeOf(service: string, method: string): string {
  if (service === 'DynamoDB') return 'dynamodb';
  return service === 'SQS' && method === 'ReceiveMessage' ? 'worker' : 'http';
}

/** Of a message that is sent by hand, or worked on: dd-trace-js has no naming for the latter, but one name in both. */
export function awsMessageNames(
  { kind, attributes }: Pick<NamedSpan, 'kind' | 'attributes'>,
  system: string,
  naming: OperationNames,
): DatadogNames | undefined {
  const destination = named(MESSAGE_TAGS[system], lastOf(attributes['messaging.destination.name']));
  if (kind === SpanKind.CONSUMER) {
    return { operation: 'aws.response', resource: undefined, type: 'worker', destination };
  }
  if (kind !== SpanKind.PRODUCER) return undefined;
  // `aws_sqs`, `aws.sns`
  const service = system.slice('aws_'.length);
  const sends = service === 'sqs' || service === 'sns';
  const operation = naming === 'v0' ? 'aws.request' : `aws.${service}.${sends ? 'send' : 'request'}`;
  return { operation, resource: undefined, type: 'http', destination };
}
