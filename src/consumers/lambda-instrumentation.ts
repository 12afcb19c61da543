import { type Context, isSpanContextValid, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { propertiesOf } from '../carriers/properties-of';
import { type ConsumerOptions, type ConsumerSettings, consumerConfiguration } from '../configuration/consumers';
import { extractionOf } from '../propagation/extraction';
import { addMissingLinks } from './distinct-links';
import { keptByContrib, readEvent } from './lambda';
import { servicesOf } from './message-services';
import { readSafely } from './records';
import { requestSpan } from './request-services';
import { rememberInferred, startInferredSpans } from './start-inferred';

/** A hook of `@opentelemetry/instrumentation-aws-lambda`. */
// biome-ignore lint/suspicious/noExplicitAny: the types of its arguments, and of what it gives back, are the instrumentation's.
export type LambdaInstrumentationHook = (...args: any[]) => any;

/** What is set in the configuration of contrib's `AwsLambdaInstrumentation`; the rest of it is kept. */
export interface LambdaInstrumentationHooks {
  eventContextExtractor: LambdaInstrumentationHook;
  requestHook: LambdaInstrumentationHook;
  responseHook: LambdaInstrumentationHook;
}

/**
 * The configuration with which `@opentelemetry/instrumentation-aws-lambda` makes the invocation the child of what the function was invoked
 * with: `new AwsLambdaInstrumentation(lambdaInstrumentationConfig({ lambdaHandler: 'index.handler' }))`.
 *
 * - The context is that of `extractEventContext`; an `eventContextExtractor` of the given configuration is asked first, and counts where it
 *   finds a span.
 * - Links to a batch's other records are put on the invocation's span here too, where `DatadogSpanProcessor` has not done so.
 * - With `inferredSpans`, Datadog's spans of the queue, topic, bus, stream or API stand between sender and invocation; that of an API ends with the
 *   invocation.
 *
 * The hooks of the given configuration run first. What contrib does besides stays: for events of SQS it makes a span `process <queue>` that is
 * never active, and no option of its keeps it from that. Give it the real provider after the SDK has started, or nothing leaves
 * before the function is frozen: `instrumentation.setTracerProvider(trace.getTracerProvider())`.
 * https://github.com/open-telemetry/opentelemetry-js-contrib/tree/main/packages/instrumentation-aws-lambda
 * @throws TypeError for a bad option.
 */
export function lambdaInstrumentationConfig(): LambdaInstrumentationHooks;
export function lambdaInstrumentationConfig<Config extends object>(
  config: Config | undefined,
  options?: ConsumerOptions,
): Config & LambdaInstrumentationHooks;
export function lambdaInstrumentationConfig(
  config: Partial<LambdaInstrumentationHooks> = {},
  options: ConsumerOptions = {},
): LambdaInstrumentationHooks {
  const { eventContextExtractor, requestHook, responseHook } = config;
  const settings = consumerConfiguration(options);
  /** contrib asks for the context, starts the span and calls the hook in one go. */
  let begun: BegunInvocation | undefined;
  /** What waits for the answer, by the span of the invocation. */
  const waiting = new WeakMap<Span, Span>();
  return {
    ...config,
    eventContextExtractor(event: unknown, lambdaContext: unknown, ...others: unknown[]) {
      const found = readSafely(() => eventContextExtractor?.(event, lambdaContext, ...others) as Context | undefined);
      begun = readSafely(() => begin(event, lambdaContext, found, settings, options));
      return keptByContrib(begun?.context ?? found ?? ROOT_CONTEXT);
    },
    requestHook(span: Span, ...others: unknown[]) {
      const invocation = begun;
      try {
        return requestHook?.(span, ...others);
      } finally {
        if (invocation !== undefined) readSafely(() => addMissingLinks(span, extractionOf(invocation.context)));
        if (invocation?.open !== undefined) waiting.set(span, invocation.open);
      }
    },
    responseHook(span: Span, answer: unknown, ...others: unknown[]) {
      try {
        return responseHook?.(span, answer, ...others);
      } finally {
        const open = waiting.get(span);
        waiting.delete(span);
        if (open !== undefined) {
          readSafely(() => recordAnswer(open, answer));
          open.end();
        }
      }
    },
  };
}

interface BegunInvocation {
  readonly context: Context;
  readonly open?: Span | undefined;
}

function begin(
  event: unknown,
  lambdaContext: unknown,
  found: Context | undefined,
  { links, inferredSpans, naming }: ConsumerSettings,
  { env }: ConsumerOptions,
): BegunInvocation {
  const reading = readEvent(event, lambdaContext, links, env);
  const context = found !== undefined && hasSpan(found) ? found : reading.context;
  if (!inferredSpans) return { context };
  const { awsRequestId, invokedFunctionArn } = propertiesOf(lambdaContext);
  const invocation = { naming, requestId: textIn(awsRequestId), functionArn: textIn(invokedFunctionArn) };
  const request = readSafely(() => requestSpan(event, invocation));
  // Where messages are links only, nothing of their traces comes before the invocation.
  const services = links === 'only' ? [] : (readSafely(() => servicesOf(reading.message, invocation)) ?? []);
  const spans = request === undefined ? services : [request];
  if (spans.length === 0) return { context };
  const started = readSafely(() => startInferredSpans(context, spans));
  if (started === undefined) return { context };
  if (request === undefined) rememberInferred(reading.message, started.context);
  return started;
}

function hasSpan(context: Context): boolean {
  const spanContext = trace.getSpanContext(context);
  return spanContext !== undefined && isSpanContextValid(spanContext);
}

function recordAnswer(span: Span, answer: unknown): void {
  const { err, res } = propertiesOf(answer);
  if (err) span.setStatus({ code: SpanStatusCode.ERROR });
  const { statusCode } = propertiesOf(res);
  const status = Number(statusCode);
  if (!(status >= 100 && status <= 599)) return;
  span.setAttribute('http.status_code', status);
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
