import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  type Link,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { type ConsumerOptions, type ConsumerSettings, consumerConfiguration } from '../configuration/consumers';
import { extractionOf, setExtraction } from '../propagation/extraction';
import { servicesOf } from './message-services';
import { type MessageSource, messageSource } from './message-source';
import { contextOf, readSafely, receivedMessage } from './records';
import { rememberedInferred, rememberInferred, startInferredSpans } from './start-inferred';
import { ownTracer } from './tracer';

export type ExtractMessageContextOptions = Pick<ConsumerOptions, 'env'>;

/**
 * The context that a message carries: one of the AWS SDK's `ReceiveMessage` or `GetRecords`, the record of a Lambda event of SQS, SNS or
 * Kinesis, an event of EventBridge's, or a message of Kafka's. It is looked for in the body first (an SNS envelope, an event of EventBridge's),
 * then in the message's attributes, then in `AWSTraceHeader`; of Kafka's in the headers. `base` (default: the active context) is returned itself
 * if the message carries none; if it carries one, its span takes the place of the span in `base`. Never throws.
 */
export function extractMessageContext(
  message: unknown,
  base: Context = context.active(),
  { env }: ExtractMessageContextOptions = {},
): Context {
  return contextOf(message, base, env) ?? base;
}

/** What the span of `withMessageContext` is the child of: the span that sent the message, or the one that is active. */
export type MessageParent = 'message' | 'active';

export interface MessageContextOptions extends ConsumerOptions {
  /** Where the message was received, for the span's name: `process <destination>`. A Lambda record names its queue, topic or stream itself. */
  destination?: string | undefined;
  /**
   * `message` (default): the child of the message's span, with a link to the active span, such as the invocation that got a batch.
   * `active`: the other way round; without an active span there is nothing to turn round.
   */
  parent?: MessageParent | undefined;
}

const PARENTS: readonly MessageParent[] = ['message', 'active'];

/**
 * Runs `fn` in a CONSUMER span, `process <destination>`, that is the child of the span which sent the message, and returns what
 * `fn` returns, or a promise of it. What `fn` throws, or rejects with, is recorded on the span and passed on. The message's baggage is active in `fn`, and
 * nothing of it behind. Without a context in the message the span is the child of the active one.
 *
 * - `messaging.message.age_ms` is how long the message was on its way, where it says when it was sent: SQS' `SentTimestamp`, which a receiver has to
 *   ask for (`awsSdkPlugin` does), the `Timestamp` of a notification, the arrival of a record at Kinesis, the time of EventBridge's event, Kafka's `timestamp`.
 * - With `links: 'only'` the message's span is a link in any case: the span is the child of the active one, else the root of a new trace.
 * - With `inferredSpans` (in Lambda by default) Datadog's span of the queue, topic, bus or stream stands between: it is the child of the message's span,
 *   and the parent of this one. There is one for each message: of the record that the invocation continues it is the invocation's parent too.
 *
 * @throws TypeError for a bad option, before `fn` runs.
 */
export function withMessageContext<T>(message: unknown, fn: (span: Span) => T, options: MessageContextOptions = {}): T {
  const settings = consumerConfiguration(options);
  const source = readSafely(() => messageSource(receivedMessage(message))) ?? { system: 'aws_sqs' };
  const { destination = source.destination } = options;
  const name = destination === undefined ? 'process' : `process ${destination}`;
  const attributes = messagingAttributes(source, destination);
  const { parent, links } = placeOf(message, settings, destination, options);
  return ownTracer().startActiveSpan(name, { kind: SpanKind.CONSUMER, attributes, links }, parent, (span) => {
    let result: T;
    try {
      result = fn(span);
    } catch (error) {
      fail(span, error);
      throw error;
    }
    const promise = promiseOf(result);
    if (promise === undefined) {
      span.end();
      return result;
    }
    return promise.then(
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

interface Place {
  readonly parent: Context;
  /** What extraction found too: the span has them from the start, and nothing that comes after it gets them again. */
  readonly links: Link[];
}

function placeOf(
  message: unknown,
  settings: ConsumerSettings,
  destination: string | undefined,
  { parent = 'message', env }: MessageContextOptions,
): Place {
  if (!PARENTS.includes(parent)) throw new TypeError(`parent: ${parent} is none of ${PARENTS.join(', ')}`);
  const active = context.active();
  const received = contextOf(message, active, env);
  if (received === undefined) return { parent: active, links: [] };
  const { links, attributes } = extractionOf(received);
  const bare = setExtraction(received, [], attributes);
  const activeSpan = validSpan(active);
  const sender = trace.getSpanContext(received);
  if (sender !== undefined && (settings.links === 'only' || (parent === 'active' && activeSpan !== undefined))) {
    const instead = activeSpan === undefined ? trace.deleteSpan(bare) : trace.setSpan(bare, activeSpan);
    return { parent: instead, links: [{ context: sender }, ...links] };
  }
  const toActive = activeSpan === undefined ? [] : [{ context: activeSpan.spanContext() }];
  const inferred = sender && settings.inferredSpans ? withInferred(message, bare, settings, destination) : bare;
  return { parent: inferred, links: [...links, ...toActive] };
}

function validSpan(active: Context): Span | undefined {
  const span = trace.getSpan(active);
  return span !== undefined && isSpanContextValid(span.spanContext()) ? span : undefined;
}

function withInferred(
  message: unknown,
  parent: Context,
  { naming }: ConsumerSettings,
  destination: string | undefined,
): Context {
  const known = rememberedInferred(message);
  if (known !== undefined) return trace.setSpanContext(parent, known);
  const services = readSafely(() => servicesOf(receivedMessage(message), { naming, destination })) ?? [];
  if (services.length === 0) return parent;
  const { context: inferred } = startInferredSpans(parent, services);
  rememberInferred(message, inferred);
  return inferred;
}

const OTHER_ERROR = '_OTHER';

function fail(span: Span, error: unknown): void {
  const isError = error instanceof Error;
  // Anything can be thrown, also what cannot be made a string.
  readSafely(() => span.recordException(isError ? error : String(error)));
  readSafely(() => span.setAttribute('error.type', isError ? error.name : OTHER_ERROR));
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** What is no promise, but can be awaited as one, is awaited now: nobody else may come to do it while the span is active. */
function promiseOf(value: unknown): Promise<unknown> | undefined {
  if (value instanceof Promise) return value;
  const isThenable = readSafely(() => typeof (value as PromiseLike<unknown> | undefined)?.then === 'function');
  return isThenable ? Promise.resolve(value) : undefined;
}

function messagingAttributes({ system, id, sentTime, attributes }: MessageSource, destination?: string): Attributes {
  const age = sentTime === undefined ? undefined : Math.max(0, Date.now() - sentTime);
  return {
    'messaging.system': system,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': destination,
    'messaging.message.id': id,
    'messaging.message.age_ms': age,
    ...attributes,
  };
}
