import { type Attributes, SpanKind } from '@opentelemetry/api';
import type { OperationNames } from '../configuration/operation-names';
import { awsCallNames, awsMessageNames } from './aws-names';
import { databaseNames } from './database-names';

/** What is looked at; a span of either SDK line has it from its start. */
export interface NamedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

/** What Datadog shows of a span. */
export interface DatadogNames {
  readonly operation: string;
  /** `undefined` where the Agent makes the same of the span's other attributes: a statement need not be sent twice. */
  readonly resource: string | undefined;
  readonly type: string;
  /** The tag in which Datadog's tracers name the queue, topic, stream, function, ...: the same for who sends and who receives. */
  readonly destination?: readonly [tag: string, name: string] | undefined;
}

/**
 * The names that a Datadog tracer gives a span like this one; `undefined` for a kind of span that is not named here.
 * https://github.com/DataDog/dd-trace-js/tree/master/packages/dd-trace/src/service-naming/schemas
 */
export function datadogNames(span: NamedSpan, naming: OperationNames): DatadogNames | undefined {
  const { kind, attributes } = span;
  if (kind === SpanKind.INTERNAL) return undefined;
  if (attributes['rpc.system'] === 'aws-api') return awsCallNames(attributes, naming);
  const system = attributes['messaging.system'];
  if (typeof system === 'string') return messageNames(span, system, naming);
  if (kind === SpanKind.SERVER && isInvocation(attributes)) return invocationNames(span);
  const method = attributes['http.request.method'] ?? attributes['http.method'];
  if (typeof method === 'string') return httpNames(span, method, naming);
  return kind === SpanKind.CLIENT ? databaseNames(attributes, naming) : undefined;
}

/** Of one that never came to its handler only the start is known. */
function isInvocation(attributes: Attributes): boolean {
  return 'faas.invocation_id' in attributes || 'faas.coldstart' in attributes;
}

/** https://github.com/DataDog/datadog-lambda-js/blob/main/src/trace/listener.ts */
function invocationNames({ name }: NamedSpan): DatadogNames {
  return {
    operation: 'aws.lambda',
    resource: name,
    type: 'serverless',
    destination: ['functionname', name.toLowerCase()],
  };
}

function httpNames({ kind, attributes }: NamedSpan, method: string, naming: OperationNames): DatadogNames | undefined {
  const verb = method === '_OTHER' ? String(attributes['http.request.method_original'] ?? 'HTTP') : method;
  if (kind === SpanKind.CLIENT) {
    return { operation: naming === 'v0' ? 'http.request' : 'http.client.request', resource: verb, type: 'http' };
  }
  if (kind !== SpanKind.SERVER) return undefined;
  const route = attributes['http.route'];
  return {
    operation: naming === 'v0' ? 'web.request' : 'http.server.request',
    resource: route ? `${verb} ${route}` : verb,
    type: 'web',
  };
}

function messageNames(span: NamedSpan, system: string, naming: OperationNames): DatadogNames | undefined {
  const { kind, attributes } = span;
  if (system.startsWith('aws')) return awsMessageNames(span, system, naming);
  if (system !== 'kafka') return undefined;
  const destination = attributes['messaging.destination.name'];
  const resource = typeof destination === 'string' ? destination : undefined;
  if (kind === SpanKind.PRODUCER) {
    return { operation: naming === 'v0' ? 'kafka.produce' : 'kafka.send', resource, type: 'queue' };
  }
  // A poll is a CLIENT span to contrib.
  if (kind !== SpanKind.CONSUMER && attributes['messaging.operation.type'] !== 'receive') return undefined;
  return { operation: naming === 'v0' ? 'kafka.consume' : 'kafka.process', resource, type: 'worker' };
}
