import {
  type Attributes,
  type Context,
  context,
  type Exception,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { propertiesOf } from '../carriers/properties-of';
import { warnOnce } from '../configuration/warning';
import type { LambdaInstrumentationHooks } from '../consumers/lambda-instrumentation';
import { layered } from '../propagation/layered-context';

// biome-ignore lint/suspicious/noExplicitAny: whatever an application's function takes and gives.
export type Handler = (...args: any[]) => any;

export interface InvocationTracing {
  readonly tracer: Tracer;
  /** What contrib's instrumentation would call: for the context that the function was invoked with, and when its span begins and ends. */
  readonly hooks: LambdaInstrumentationHooks;
  /** Resolves when what has ended has left, or after so many milliseconds. */
  flush(limitMillis: number): Promise<void>;
  /** The same before the process ends. */
  flushLast(): Promise<void>;
  /** So long before its timeout a function's spans leave without its answer. */
  readonly deadlineMarginMillis: number;
}

/** What of Lambda's context is read here; of what an application gives in tests nothing is certain. */
interface LambdaContext {
  readonly functionName?: string;
  readonly awsRequestId?: string;
  readonly invokedFunctionArn?: string;
  getRemainingTimeInMillis?(): number;
}

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
/** What a flush leaves of the time until the timeout. */
const ANSWER_MILLIS = 50;
/** A sandbox that waits longer than this was started in advance, and its first invocation is not the one that waited. */
const MAX_INIT_MILLIS = 10_000;
/** Of the time before callbacks, up to Node 22. */
const ENDING_METHODS = ['done', 'fail', 'succeed'] as const;

/**
 * The handler with a span for each invocation, active in it, that is the child of what the function was invoked with. When the
 * handler has its result, or its error, its spans leave, and then the same result or error goes on. It takes any form that Lambda
 * knows: async, with a callback, streaming; its properties, by which the runtime client tells them apart, stay.
 */
export function tracedHandler(handler: Handler, tracing: InvocationTracing): Handler {
  let invokedBefore = false;
  let open: Invocation | undefined;
  // One with a callback that never calls it ends with the last thing that it waits for.
  process.on('beforeExit', () => void open?.end({}));

  return new Proxy(handler, {
    apply(target, self, args) {
      const streaming = (target as { [STREAMING]?: unknown })[STREAMING] !== undefined;
      const [event] = args;
      const lambdaContext: LambdaContext = args[streaming ? 2 : 1] ?? {};
      const coldStart = !invokedBefore && isColdStart();
      invokedBefore = true;
      const invocation = begin(tracing, event, lambdaContext, coldStart);
      if (invocation === undefined) return Reflect.apply(target, self, args);
      open = invocation;
      return invocation.run(target, self, args, streaming);
    },
  });
}

function begin(
  tracing: InvocationTracing,
  event: unknown,
  lambdaContext: LambdaContext,
  coldStart: boolean,
): Invocation | undefined {
  try {
    return new Invocation(tracing, event, lambdaContext, coldStart);
  } catch (error) {
    warnOnce(`an invocation has no span: ${error}`);
    return undefined;
  }
}

/** A span for a function that could not be loaded, and the flush of what loading it made. */
export async function reportInitError({ tracer, flushLast }: InvocationTracing, error: unknown): Promise<void> {
  try {
    const name = process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'handler';
    const attributes = { 'faas.coldstart': true };
    const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, ROOT_CONTEXT);
    recordError(span, error);
    span.end();
    await flushLast();
  } catch (reason) {
    warnOnce(`the failed start of the function was not recorded: ${reason}`);
  }
}

interface Outcome {
  readonly err?: unknown;
  readonly res?: unknown;
}

class Invocation {
  readonly #tracing: InvocationTracing;
  readonly #lambdaContext: LambdaContext;
  readonly #span: Span;
  readonly #context: Context;
  readonly #deadline: NodeJS.Timeout | undefined;
  #ended = false;
  /** Whether a result has been let go on: the runtime client may say so once more, by one of the ending methods. */
  #finished = false;

  constructor(tracing: InvocationTracing, event: unknown, lambdaContext: LambdaContext, coldStart: boolean) {
    this.#tracing = tracing;
    this.#lambdaContext = lambdaContext;
    const parent = tracing.hooks.eventContextExtractor(event, lambdaContext);
    const options = { kind: SpanKind.SERVER, attributes: attributesOf(event, lambdaContext, coldStart) };
    this.#span = tracing.tracer.startSpan(lambdaContext.functionName ?? 'handler', options, parent);
    this.#context = trace.setSpan(layered(parent), this.#span);
    tracing.hooks.requestHook(this.#span, { event, context: lambdaContext });
    this.#deadline = this.#beforeDeadline();
  }

  run(handler: Handler, self: unknown, args: unknown[], streaming: boolean): unknown {
    const callback = streaming ? undefined : args[2];
    const calledBack = typeof callback === 'function';
    if (calledBack) this.#watchEndingMethods();
    const passed = calledBack
      ? args.with(2, (err: unknown, res: unknown) => void this.#endThen({ err, res }, () => callback(err, res)))
      : args;
    let result: unknown;
    try {
      result = context.with(this.#context, () => Reflect.apply(handler, self, passed));
    } catch (err) {
      // To the runtime client an error that is thrown and one that a promise is rejected with are the same.
      return this.#finish({ err }).then(() => {
        throw err;
      });
    }
    if (isThenable(result)) {
      return Promise.resolve(result).then(
        (res) => this.#finish({ res }).then(() => res),
        (err) =>
          this.#finish({ err }).then(() => {
            throw err;
          }),
      );
    }
    if (calledBack) return result;
    const ended = this.#finish({ res: result });
    // Of a stream the runtime client wants a promise, and refuses what is none.
    return streaming ? result : ended.then(() => result);
  }

  /** Ends the span, unless that is done, and resolves when what has ended has left, or nobody may wait any longer. Never rejects. */
  async end(outcome: Outcome): Promise<void> {
    this.#endSpan(outcome);
    await this.#tracing.flush(this.#remainingMillis() - ANSWER_MILLIS).catch(() => {});
  }

  /** The same before a result goes on. */
  async #finish(outcome: Outcome): Promise<void> {
    await this.end(outcome);
    this.#finished = true;
  }

  /** What `goOn` throws is an uncaught exception, as it would be without us, and no rejection. */
  async #endThen(outcome: Outcome, goOn: () => void): Promise<void> {
    await this.#finish(outcome);
    process.nextTick(goOn);
  }

  #endSpan({ err, res }: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    try {
      if (err !== undefined && err !== null) recordError(this.#span, err);
      this.#tracing.hooks.responseHook(this.#span, { err, res });
    } catch (error) {
      warnOnce(`the end of an invocation was not recorded: ${error}`);
    } finally {
      this.#span.end();
    }
  }

  /** A function that runs into its timeout is stopped without a word: what there is must leave before. */
  #beforeDeadline(): NodeJS.Timeout | undefined {
    const { deadlineMarginMillis } = this.#tracing;
    const millis = this.#remainingMillis() - deadlineMarginMillis;
    if (!(millis > 0 && millis < 2 ** 31)) return undefined;
    return setTimeout(() => {
      this.#span.setAttribute('error.type', 'timeout');
      void this.end({ err: `no answer ${deadlineMarginMillis} ms before the function's timeout` });
    }, millis).unref();
  }

  #remainingMillis(): number {
    try {
      return this.#lambdaContext.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY;
    } catch {
      return Number.POSITIVE_INFINITY;
    }
  }

  #watchEndingMethods(): void {
    const methods = this.#lambdaContext as Partial<Record<(typeof ENDING_METHODS)[number], Handler>>;
    for (const name of ENDING_METHODS) {
      const method = methods[name];
      if (typeof method !== 'function') continue;
      methods[name] = (...args: unknown[]) => {
        if (this.#finished) return method.apply(this.#lambdaContext, args);
        const [first, second] = args;
        const outcome = name === 'succeed' ? { res: first } : { err: first, res: second };
        void this.#endThen(outcome, () => method.apply(this.#lambdaContext, args));
      };
    }
  }
}

/** https://opentelemetry.io/docs/specs/semconv/faas/aws-lambda/ */
function attributesOf(
  event: unknown,
  { awsRequestId, invokedFunctionArn }: LambdaContext,
  coldStart: boolean,
): Attributes {
  const account = invokedFunctionArn?.split(':')[4];
  return {
    'faas.coldstart': coldStart,
    'faas.trigger': triggerOf(event),
    ...(awsRequestId && { 'faas.invocation_id': awsRequestId }),
    ...(invokedFunctionArn && { 'cloud.resource_id': invokedFunctionArn }),
    ...(account && { 'cloud.account.id': account }),
  };
}

function triggerOf(event: unknown): 'datasource' | 'http' | 'other' | 'pubsub' | 'timer' {
  const { Records, eventSource, requestContext, source, detail } = propertiesOf(event);
  const record = propertiesOf(Array.isArray(Records) ? Records[0] : undefined);
  const records = record.eventSource ?? record.EventSource ?? eventSource;
  if (records === 'aws:s3' || records === 'aws:dynamodb') return 'datasource';
  if (records !== undefined || (source !== 'aws.events' && detail !== undefined)) return 'pubsub';
  if (requestContext !== undefined) return 'http';
  return source === 'aws.events' ? 'timer' : 'other';
}

function isColdStart(): boolean {
  const onDemand = process.env.AWS_LAMBDA_INITIALIZATION_TYPE !== 'provisioned-concurrency';
  return onDemand && process.uptime() * 1000 < MAX_INIT_MILLIS;
}

function recordError(span: Span, error: unknown): void {
  span.recordException(error as Exception);
  const message = error instanceof Error ? error.message : String(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}
