import type { Attributes } from '@opentelemetry/api';
import type { ServiceNaming } from '../configuration/consumers';
import { recorded } from '../propagation/recorded-text';

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

/** What the spans of one service have of their own. */
export interface Named {
  readonly name: string;
  /** What `DD_SERVICE_MAPPING` calls it, if not by its name. */
  readonly mapped?: string;
  readonly kind: string;
  readonly fallback: string;
  readonly type: string;
  readonly resource?: string;
}

/** A span as Datadog names it, with its tags; these come over what all have. */
export function inferredSpan(operation: string, start: number, named: Named, invocation: Invocation, tags: Attributes) {
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

export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** What anybody may have written is recorded no longer than other text. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? recorded(value) : undefined;
}
