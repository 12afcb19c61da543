import {
  InstrumentationBase,
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import { type AwsMiddlewareStack, awsSdkPlugin } from './plugin';

interface AwsClientModule {
  Client?: { prototype: AwsClient };
}
interface AwsClient {
  send(...args: unknown[]): unknown;
  middlewareStack: AwsMiddlewareStack;
}

/** Where the class that every AWS SDK v3 client extends has lived, in the order of its moves. */
const CLIENT_PACKAGES: [name: string, versions: string][] = [
  ['@aws-sdk/smithy-client', '^3.1.0'],
  ['@smithy/smithy-client', '>=1.0.3'],
];
const CLIENT_FILE = '@smithy/core/dist-cjs/submodules/client/index.js';

/** Adds `awsSdkPlugin()` to every AWS SDK v3 client when it first sends. */
export class AwsClientInstrumentation extends InstrumentationBase {
  constructor() {
    super('otel-datadog-bridge/aws-client', '', {});
  }

  protected override init(): InstrumentationNodeModuleDefinition[] {
    const file = new InstrumentationNodeModuleFile(CLIENT_FILE, ['>=3.24.0'], patch, unpatch);
    return [
      ...CLIENT_PACKAGES.map(
        ([name, versions]) => new InstrumentationNodeModuleDefinition(name, [versions], patch, unpatch),
      ),
      new InstrumentationNodeModuleDefinition('@smithy/core', ['>=3.24.0'], undefined, undefined, [file]),
    ];
  }
}

const originals = new WeakMap<AwsClient, AwsClient['send']>();

/** Not by the base class's `_wrap`, which first takes off the wrapper that contrib has put on. */
function patch(module: AwsClientModule): AwsClientModule {
  const prototype = module.Client?.prototype;
  if (prototype !== undefined && !originals.has(prototype)) {
    originals.set(prototype, prototype.send);
    prototype.send = withPlugin(prototype.send);
  }
  return module;
}

function unpatch(module: AwsClientModule): void {
  const prototype = module.Client?.prototype;
  const original = prototype && originals.get(prototype);
  if (prototype === undefined || original === undefined) return;
  prototype.send = original;
  originals.delete(prototype);
}

const plugged = new WeakSet<AwsMiddlewareStack>();
const plugin = awsSdkPlugin();

function withPlugin(send: AwsClient['send']): AwsClient['send'] {
  return function (this: AwsClient, ...args: unknown[]) {
    const { middlewareStack } = this;
    if (!plugged.has(middlewareStack)) {
      plugged.add(middlewareStack);
      plugin.applyToStack(middlewareStack);
    }
    const [command, ...others] = args;
    return send.call(this, isReceiveMessage(command) ? withOwnInput(command) : command, ...others);
  };
}

interface AwsCommand {
  readonly input: object;
}

function isReceiveMessage(command: unknown): command is AwsCommand {
  return command?.constructor?.name === 'ReceiveMessageCommand' && typeof (command as AwsCommand).input === 'object';
}

/**
 * The command with a copy of its input: contrib asks for its attributes by writing on the input before any hook of
 * ours, which changes what is the caller's, and fails where that is frozen.
 */
function withOwnInput(command: AwsCommand): AwsCommand {
  const input = { value: { ...command.input }, writable: true, enumerable: true, configurable: true };
  return Object.create(command, { input });
}
