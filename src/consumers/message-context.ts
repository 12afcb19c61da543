import { type Attributes, type Context, context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { propertiesOf } from '../carriers/properties-of';
import { contextOf, readSafely } from './records';

/** Names the instrumentation scope of the spans that this package itself starts. */
const TRACER = 'otel-datadog-bridge';

/**
 * The context that a message carries: a message of the AWS SDK's `ReceiveMessage`, or a record of a
 * Lambda event. `base` (default: the active context) is returned itself if the message carries none; if it carries
 * one, its span takes the place of the span in `base`.
 */
export function extractMessageContext(message: unknown, base: Context = context.active()): Context {
  return contextOf(message, base) ?? base;
}

export interface MessageContextOptions {
  /** Where the message was received, for the span's name: `process <destination>`. A Lambda record names its queue itself. */
  destination?: string | undefined;
}

/**
 * Runs `fn` in a CONSUMER span that is the child of the span which sent the message, and returns what
 * `fn` returns. What `fn` throws, or rejects with, is recorded on the span and passed on.
 */
export function withMessageContext<T>(
  message: unknown,
  fn: (span: Span) => T,
  { destination = queueOf(message) }: MessageContextOptions = {},
): T {
  const parent = extractMessageContext(message);
  const name = destination === undefined ? 'process' : `process ${destination}`;
  const attributes = messagingAttributes(message, destination);
  return trace.getTracer(TRACER).startActiveSpan(name, { kind: SpanKind.CONSUMER, attributes }, parent, (span) => {
    let result: T;
    try {
      result = fn(span);
    } catch (error) {
      fail(span, error);
      throw error;
    }
    if (!isPromise(result)) {
      span.end();
      return result;
    }
    return result.then(
      (value) => {
        span.end();
        return value;
      },
      (error) => {
        fail(span, error);
        throw error;
      },
    ) as T;
  });
}

function fail(span: Span, error: unknown): void {
  // Anything can be thrown, also what cannot be made a string.
  readSafely(() => span.recordException(error instanceof Error ? error : String(error)));
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as Promise<unknown> | undefined)?.then === 'function';
}

/** https://opentelemetry.io/docs/specs/semconv/messaging/sqs/ */
function messagingAttributes(message: unknown, destination: string | undefined): Attributes {
  const attributes: Attributes = {
    'messaging.system': 'aws_sqs',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
  };
  if (destination !== undefined) attributes['messaging.destination.name'] = destination;
  const id = readSafely(() => propertiesOf(message).messageId ?? propertiesOf(message).MessageId);
  if (typeof id === 'string') attributes['messaging.message.id'] = id;
  return attributes;
}

/** The queue's name, last part of the ARN in a Lambda record. */
function queueOf(message: unknown): string | undefined {
  const arn = readSafely(() => propertiesOf(message).eventSourceARN);
  return typeof arn === 'string' ? arn.split(':').at(-1) : undefined;
}
