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

/** Where contrib says what the call is to. */
const TARGETS: Readonly<Record<string, string>> = {
  SQS: 'url.full',
  SNS: 'aws.sns.topic.arn',
  Kinesis: 'aws.kinesis.stream.name',
  Lambda: 'faas.invoked_name',
  S3: 'aws.s3.bucket',
};

/** Datadog's tag for the name of what the call is to, and where contrib says that. */
const DESTINATIONS: ReadonlyMap<string, readonly [tag: string, attribute: string]> = new Map([
  ['SQS', ['queuename', 'messaging.destination.name']],
  ['SNS', ['topicname', 'aws.sns.topic.arn']],
  ['Kinesis', ['streamname', 'aws.kinesis.stream.name']],
  ['Lambda', ['functionname', 'faas.invoked_name']],
  ['S3', ['bucketname', 'aws.s3.bucket']],
  ['SFN', ['statemachinearn', 'aws.step_functions.state_machine.arn']],
]);

/** The same for a message that is sent by hand, or worked on, whose attribute is OpenTelemetry's own. */
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
  const target = service === 'DynamoDB' ? onlyTable(attributes) : attributes[TARGETS[service] ?? ''];
  return {
    operation: naming === 'v0' ? 'aws.request' : (V1[`${service} ${method}`] ?? `aws.${service.toLowerCase()}.request`),
    resource: target ? `${verb} ${target}` : verb,
    type: typeOf(service, method),
    destination: destinationOf(service, attributes),
  };
}

function destinationOf(service: string, attributes: Attributes): DatadogNames['destination'] {
  if (service === 'DynamoDB') return named('tablename', onlyTable(attributes));
  const [tag, attribute] = DESTINATIONS.get(service) ?? [];
  const value = attribute && attributes[attribute];
  return named(tag, tag === 'topicname' ? lastOf(value) : value);
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

function onlyTable({ 'aws.dynamodb.table_names': tables }: Attributes): unknown {
  return Array.isArray(tables) && tables.length === 1 ? tables[0] : undefined;
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
