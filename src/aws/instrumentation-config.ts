import { Decoy } from '../carriers/decoy';
import { isObject } from '../carriers/is-object';
import { warnOnce } from '../configuration/warning';
import { wasSeen, watchSends } from './seen-sends';

/** A hook of `@opentelemetry/instrumentation-aws-sdk`. */
// biome-ignore lint/suspicious/noExplicitAny: the types of its arguments are the instrumentation's.
export type AwsInstrumentationHook = (...args: any[]) => unknown;

/** What is set in the configuration of contrib's `AwsInstrumentation`; the rest of it is kept. */
export interface AwsInstrumentationHooks {
  preRequestHook: AwsInstrumentationHook;
  responseHook: AwsInstrumentationHook;
  exceptionHook: AwsInstrumentationHook;
}

interface ContribRequest {
  commandName: string;
  commandInput: object;
}

/**
 * The configuration with which `@opentelemetry/instrumentation-aws-sdk` keeps its spans and leaves the writing to `awsSdkPlugin()`:
 * `new AwsInstrumentation(awsInstrumentationConfig({ suppressInternalInstrumentation: true }))`.
 *
 * Its own writing changes the caller's objects, writes SQS and SNS only, and gives up where a message has eight attributes. The hooks of the
 * given configuration run first, and on the real input. It belongs with the plugin: a send that no plugin has seen is one warning.
 * https://github.com/open-telemetry/opentelemetry-js-contrib/blob/main/packages/instrumentation-aws-sdk/src/services/MessageAttributes.ts
 */
export function awsInstrumentationConfig(): AwsInstrumentationHooks;
export function awsInstrumentationConfig<Config extends object>(config: Config): Config & AwsInstrumentationHooks;
export function awsInstrumentationConfig(config: Partial<AwsInstrumentationHooks> = {}): AwsInstrumentationHooks {
  const { preRequestHook, responseHook, exceptionHook } = config;
  watchSends();
  return {
    ...config,
    preRequestHook(span: object, info: { request: ContribRequest }, ...others: unknown[]) {
      const sent = info.request.commandInput;
      try {
        return preRequestHook?.(span, info, ...others);
      } finally {
        replaceByDecoy(info.request, sent);
      }
    },
    responseHook(span: object, info: { response: { request: ContribRequest } }, ...others: unknown[]) {
      const sent = restore(info.response.request);
      if (sent !== undefined && !wasSeen(span, sent)) {
        warnOnce(
          'a message was sent without a context: awsInstrumentationConfig() leaves the writing to a plugin that this client does not have; add client.middlewareStack.use(awsSdkPlugin())',
        );
      }
      return responseHook?.(span, info, ...others);
    },
    exceptionHook(span: object, info: { request: ContribRequest }, ...others: unknown[]) {
      restore(info.request);
      return exceptionHook?.(span, info, ...others);
    },
  };
}

/** The same where every client has the plugin, and contrib has no other hooks, which would see the decoy. */
export const DECOY_HOOK: Pick<AwsInstrumentationHooks, 'preRequestHook'> = {
  preRequestHook(_span: object, { request }: { request: ContribRequest }) {
    replaceByDecoy(request, request.commandInput);
  },
};

const REPLACED = Symbol('what a decoy stands for');

/** An input as it goes out, and as the application's hooks have left it to be seen. */
interface Inputs {
  readonly sent: object;
  readonly shown: object;
}

function replaceByDecoy(request: ContribRequest, sent: object): void {
  const shown = request.commandInput;
  const decoy = decoyFor(request.commandName, shown);
  if (decoy !== undefined) request.commandInput = Object.assign(decoy, { [REPLACED]: { sent, shown } });
}

/** Gives what was sent where there was a decoy. */
function restore(request: ContribRequest): object | undefined {
  const { [REPLACED]: inputs } = (request.commandInput ?? {}) as { [REPLACED]?: Inputs };
  if (inputs !== undefined) request.commandInput = inputs.shown;
  return inputs?.sent;
}

/** What contrib may write on instead: nobody sends it, and the propagator leaves it alone. */
function decoyFor(commandName: string, input: unknown): object | undefined {
  if (!isObject(input)) return undefined;
  switch (commandName) {
    case 'SendMessage':
    case 'Publish':
      return decoyMessage();
    case 'SendMessageBatch': {
      const { Entries } = input as { Entries?: unknown };
      return { Entries: Array.isArray(Entries) ? Entries.map(decoyMessage) : [] };
    }
    case 'Invoke':
      return {};
    default:
      return undefined;
  }
}

function decoyMessage(): object {
  return { MessageAttributes: new Decoy() };
}
