import { type Attributes, SpanKind } from '@opentelemetry/api';
import type { OperationNames } from '../configuration/operation-names';
import type { DatadogNames } from './operation-names';

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
  };
}

function typeOf(service: string, method: string): string {
  if (service === 'DynamoDB') return 'dynamodb';
  return service === 'SQS' && method === 'ReceiveMessage' ? 'worker' : 'http';
}

function onlyTable({ 'aws.dynamodb.table_names': tables }: Attributes): unknown {
  return Array.isArray(tables) && tables.length === 1 ? tables[0] : undefined;
}

/** Of a message that is sent by hand, or worked on: dd-trace-js has no naming for the latter, but one name in both. */
export function awsMessageNames(kind: SpanKind, system: string, naming: OperationNames): DatadogNames | undefined {
  if (kind === SpanKind.CONSUMER) return { operation: 'aws.response', resource: undefined, type: 'worker' };
  if (kind !== SpanKind.PRODUCER) return undefined;
  // `aws_sqs`, `aws.sns`
  const service = system.slice('aws_'.length);
  const sends = service === 'sqs' || service === 'sns';
  const operation = naming === 'v0' ? 'aws.request' : `aws.${service}.${sends ? 'send' : 'request'}`;
  return { operation, resource: undefined, type: 'http' };
}
