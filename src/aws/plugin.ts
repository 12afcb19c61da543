import { context, defaultTextMapSetter, diag } from '@opentelemetry/api';
import { propagatorInForce } from '../carriers/propagator-in-force';
import { unsuppressTracing } from '../carriers/suppression';
import type { Fields } from '../propagation/fields';
import { injectInput } from './inject-input';

/** The part of an AWS SDK v3 middleware stack that the plugin uses. */
export interface AwsMiddlewareStack {
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own type is generic over every client's input and output.
  add(middleware: any, options: any): void;
}

/** An AWS SDK v3 `Pluggable`, for `client.middlewareStack.use()`. */
export interface AwsSdkPlugin {
  applyToStack(stack: AwsMiddlewareStack): void;
}

type Handler = (args: { input: object }) => Promise<unknown>;
interface HandlerContext {
  clientName?: string;
  commandName?: string;
}

/**
 * Makes an AWS SDK v3 client carry the active context on the messages that it sends, and ask for the
 * context of those that it receives: `new SQSClient().middlewareStack.use(awsSdkPlugin())`.
 *
 * SQS `SendMessage` and `SendMessageBatch` (every entry) get the attributes `_datadog`, `traceparent`,
 * `tracestate` and `baggage`, as far as the message's own leave room for them within ten. It writes on a
 * copy; whatever goes wrong, the call goes out as it was given. Other calls are not touched. Adding it twice is
 * the same as adding it once.
 */
export function awsSdkPlugin(): AwsSdkPlugin {
  return {
    applyToStack(stack) {
      // Low priority runs last: inside contrib's span, and after whatever the application itself puts on the message.
      stack.add(middleware, { name: 'otelDatadogBridge', step: 'initialize', priority: 'low', override: true });
    },
  };
}

function middleware(next: Handler, handlerContext: HandlerContext): Handler {
  const operation = {
    service: handlerContext.clientName?.replace(/Client$/, '') ?? '',
    name: handlerContext.commandName?.replace(/Command$/, '') ?? '',
  };
  return (args) => {
    let call = args;
    try {
      const input = injectInput(operation, args.input, activeFields);
      if (input !== args.input) call = { ...args, input };
    } catch (error) {
      diag.warn(`otel-datadog-bridge: ${operation.service} ${operation.name} is sent without a context`, error);
    }
    return next(call);
  };
}

function activeFields(): Fields {
  const fields: Fields = {};
  // contrib's `suppressInternalInstrumentation` covers this middleware too; its own span is valid all the same.
  propagatorInForce().inject(unsuppressTracing(context.active()), fields, defaultTextMapSetter);
  return fields;
}
