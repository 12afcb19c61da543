import { context, diag, propagation, trace } from '@opentelemetry/api';
import { copyWith } from '../carriers/copy';
import { isObject } from '../carriers/is-object';
import { fieldsInForce } from '../carriers/propagator-in-force';
import { unsuppressTracing } from '../carriers/suppression';
import { type AwsSdkPluginOptions, type AwsSettings, awsConfiguration } from '../configuration/aws';
import type { Environment } from '../configuration/environment';
import { isTracedByDatadog, isWrittenByDatadog } from './datadog-tracer';
import { injectInput, isReceive } from './inject-input';
import type { Operation } from './operation';
import { givenInput } from './own-input';
import { receivedOutput } from './received-messages';
import { RefusedSizes } from './refused-sizes';
import { markSeen } from './seen-sends';
import { type MiddlewareCall, type MiddlewareResult, type Next, send } from './send';

/** The part of an AWS SDK v3 middleware stack that the plugin uses. */
export interface AwsMiddlewareStack {
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own type is generic over every client's input and output.
  add(middleware: any, options: any): void;
}

/** An AWS SDK v3 `Pluggable`, for `client.middlewareStack.use()`. */
export interface AwsSdkPlugin {
  applyToStack(stack: AwsMiddlewareStack): void;
}

interface HandlerContext {
  clientName?: string;
  commandName?: string;
}

/**
 * Makes an AWS SDK v3 client carry the active context on what it sends, and ask for the context of the messages that it
 * receives: `new SQSClient().middlewareStack.use(awsSdkPlugin())`.
 *
 * - SQS `SendMessage`, `SendMessageBatch` and SNS `Publish`, `PublishBatch`, every entry: the attributes `_datadog`, `traceparent`, `tracestate`
 *   and `baggage`, as far as the message's own leave room for them within ten.
 * - Lambda `Invoke` and `InvokeWithResponseStream`, where the caller waits for the result: `custom` of the client context.
 * - Kinesis `PutRecord`, `PutRecords`, EventBridge `PutEvents`, Step Functions `StartExecution`, `StartSyncExecution`, where `bodyCarriers` has them: a
 *   member `_datadog` in the JSON.
 *
 * It writes on a copy. Whatever goes wrong, the call goes out as it was given; what a service refuses as too long because of
 * the context is sent once more without it. Other calls are not touched. Adding it twice is the same as adding it once.
 *
 * Where dd-trace traces the calls, and no SDK of OpenTelemetry's beside it, dd-trace alone writes; messages that it receives with W3C's context alone
 * are made such that it joins them.
 *
 * @throws TypeError for an option that is none; a bad variable in the environment is one warning.
 */
export function awsSdkPlugin(options: AwsSdkPluginOptions = {}): AwsSdkPlugin {
  const middleware = awsMiddleware(awsConfiguration(options), options.env);
  return { applyToStack: (stack) => stack.add(middleware, { ...PLACE, override: true }) };
}

/** The same with these settings, and for no client that has one already. */
export function addToClient(stack: AwsMiddlewareStack, middleware: AwsMiddleware): void {
  try {
    stack.add(middleware, { ...PLACE, override: false });
  } catch {
    // The application's own has its options.
  }
}

// Low priority runs last: inside contrib's span, and after whatever the application itself puts on the message.
const PLACE = { name: 'otelDatadogBridge', step: 'initialize', priority: 'low' } as const;

export type AwsMiddleware = (next: Next, handlerContext: HandlerContext) => Next;

export function awsMiddleware(settings: AwsSettings, env?: Environment): AwsMiddleware {
  const refusedSizes = new RefusedSizes();
  const changesReceived = settings.hideAttributes || settings.stripInjectedContext;
  // contrib's `suppressInternalInstrumentation` covers this middleware too; its own span is valid all the same.
  const activeFields = () => fieldsInForce(unsuppressTracing(context.active()), env);

  return (next, handlerContext) => {
    const operation: Operation = {
      service: handlerContext.clientName?.replace(/Client$/, '') ?? '',
      name: handlerContext.commandName?.replace(/Command$/, '') ?? '',
    };

    const write = ({ input }: MiddlewareCall): object => {
      try {
        markSeen(trace.getActiveSpan(), input);
        if (!isObject(input)) return input;
        // One context on a message, and dd-trace's has more than ours could have: the pathway of data streams.
        if (isWrittenByDatadog(operation) && !isReceive(operation, input, settings)) return input;
        const written = injectInput(operation, input, activeFields, settings);
        return refusedSizes.withoutRefused(operation, { given: input, written });
      } catch (error) {
        diag.warn(`otel-datadog-bridge: ${operation.service} ${operation.name} is sent without a context`, error);
        return input;
      }
    };

    return (call): Promise<MiddlewareResult> => {
      const written = write(call);
      const result = written === call.input ? next(call) : send(next, call, written, operation, refusedSizes);
      return changesReceived || isTracedByDatadog(operation)
        ? result.then((received) => asGiven(operation, call.input, received, settings))
        : result;
    };
  };
}

/** What was received as the application is given it: without the context on it, where the options ask for that. */
function asGiven(
  operation: Operation,
  input: object,
  result: MiddlewareResult,
  settings: AwsSettings,
): MiddlewareResult {
  try {
    if (!isObject(result.output) || !isReceive(operation, input, settings)) return result;
    const asked = askedByApplication(input);
    const output = receivedOutput(operation, asked, result.output, settings, isTracedByDatadog(operation));
    return output === result.output ? result : { ...result, output };
  } catch (error) {
    diag.warn(`otel-datadog-bridge: ${operation.service} ${operation.name} gives messages with their context`, error);
    return result;
  }
}

/** Without the names that contrib has put into the application's own input, all of them, where nothing has kept it from that. */
function askedByApplication(input: object): object {
  const given = givenInput(input);
  if (given !== undefined) return given;
  const { MessageAttributeNames: names } = input as { MessageAttributeNames?: unknown };
  const fields = propagation.fields();
  if (!Array.isArray(names) || !fields.every((name) => names.includes(name))) return input;
  return copyWith(input as { MessageAttributeNames: unknown[] }, {
    MessageAttributeNames: names.filter((name) => !fields.includes(name)),
  });
}
