import { type Attributes, type Context, context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { propertiesOf } from '../carriers/properties-of';
import type { Environment } from '../configuration/environment';
import { contextOf, readSafely } from './records';

/** Names the instrumentation scope of the spans that this package itself starts. */
const TRACER = 'otel-datadog-bridge';

export interface ExtractMessageContextOptions {
  /** Default: `process.env`. It counts where the application has no propagator of ours. */
  env?: Environment | undefined;
}

/**
 * The context that a message carries: one of the AWS SDK's `ReceiveMessage` or `GetRecords`, or the record of a Lambda event of SQS, SNS or
 * Kinesis. It is looked for in the body first (an SNS envelope, an event of EventBridge's), then in the message's attributes, then in
 * `AWSTraceHeader`. `base` (default: the active context) is returned itself if the message carries none; if it carries one, its span takes
 * the place of the span in `base`. Never throws.
 */
export function extractMessageContext(
  message: unknown,
  base: Context = context.active(),
  { env }: ExtractMessageContextOptions = {},
): Context {
  return contextOf(message, base, env) ?? base;
}

export interface MessageContextOptions extends ExtractMessageContextOptions {
  /** Where the message was received, for the span's name: `process <destination>`. A Lambda record names its queue, topic or stream itself. */
  destination?: string | undefined;
}

/**
 * Runs `fn` in a CONSUMER span that is the child of the span which sent the message, and returns what
 * `fn` returns. What `fn` throws, or rejects with, is recorded on the span and passed on.
 */
export function withMessageContext<T>(message: unknown, fn: (span: Span) => T, options: MessageContextOptions = {}): T {
  const parent = extractMessageContext(message, context.active(), options);
  const messaging = readSafely(() => messagingOf(message)) ?? SQS;
  const { destination = messaging.destination } = options;
  const name = destination === undefined ? 'process' : `process ${destination}`;
  const attributes = messagingAttributes({ ...messaging, destination });
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

interface Messaging {
  readonly system: string;
  readonly id?: unknown;
  readonly destination?: string | undefined;
}

const SQS: Messaging = { system: 'aws_sqs' };

/** https://opentelemetry.io/docs/specs/semconv/messaging/sqs/ */
function messagingAttributes({ system, id, destination }: Messaging): Attributes {
  const attributes: Attributes = {
    'messaging.system': system,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
  };
  if (destination !== undefined) attributes['messaging.destination.name'] = destination;
  if (typeof id === 'string') attributes['messaging.message.id'] = id;
  return attributes;
}

/** What a message says of itself; a Lambda record also where it comes from. */
function messagingOf(message: unknown): Messaging {
  const {
    Sns,
    kinesis,
    Data,
    SequenceNumber,
    MessageId,
    messageId = MessageId,
    eventSourceARN,
  } = propertiesOf(message);
  if (Sns !== undefined) {
    const { MessageId: id, TopicArn } = propertiesOf(Sns);
    return { system: 'aws_sns', id, destination: nameIn(TopicArn) };
  }
  if (kinesis !== undefined || Data !== undefined) {
    const id = kinesis === undefined ? SequenceNumber : propertiesOf(kinesis).sequenceNumber;
    return { system: 'aws_kinesis', id, destination: nameIn(eventSourceARN) };
  }
  return { ...SQS, id: messageId, destination: nameIn(eventSourceARN) };
}

/** The last part of an ARN: `…:orders` of a queue or topic, `…:stream/orders`. */
function nameIn(arn: unknown): string | undefined {
  return typeof arn === 'string' ? arn.split(/[:/]/).at(-1) : undefined;
}
