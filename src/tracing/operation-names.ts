import { type Attributes, SpanKind } from '@opentelemetry/api';

/**
 * The operation name that a Datadog tracer gives a span like this one, in its default naming (`v0`);
 * `undefined` for a kind of span that is not named here.
 * https://github.com/DataDog/dd-trace-js/tree/master/packages/dd-trace/src/service-naming/schemas/v0
 */
export function operationName(kind: SpanKind, attributes: Attributes): string | undefined {
  if (kind === SpanKind.SERVER && 'faas.invocation_id' in attributes) return 'aws.lambda';
  if (isSqs(attributes)) return kind === SpanKind.CONSUMER ? 'aws.response' : 'aws.request';
  if (!('http.request.method' in attributes) && !('http.method' in attributes)) return undefined;
  if (kind === SpanKind.SERVER) return 'web.request';
  return kind === SpanKind.CLIENT ? 'http.request' : undefined;
}

function isSqs(attributes: Attributes): boolean {
  return attributes['messaging.system'] === 'aws_sqs' || attributes['rpc.service'] === 'SQS';
}
