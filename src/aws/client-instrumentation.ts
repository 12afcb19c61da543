import {
  InstrumentationBase,
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import { isObject } from '../carriers/is-object';
import { copyWith } from './copy';
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

const patched = new WeakSet<AwsClient>();

/** Not by the base class's `_wrap`, which first takes off the wrapper that contrib has put on. */
function patch(module: AwsClientModule): AwsClientModule {
  const prototype = module.Client?.prototype;
  if (prototype !== undefined && !patched.has(prototype)) {
    patched.add(prototype);
    prototype.send = withPlugin(prototype.send);
  }
  return module;
}

/** Nothing ever disables an instrumentation of the preload's. */
function unpatch(): void {}

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
    return send.call(this, withOwnInput(command), ...others);
  };
}

interface AwsCommand {
  readonly input: Record<string, unknown>;
}

/** The commands whose input contrib writes on, and the objects in that which it writes on too. */
const CHANGED_BY_CONTRIB: ReadonlyMap<string, readonly string[]> = new Map([
  ['ReceiveMessageCommand', []],
  ['PublishCommand', ['MessageAttributes']],
  ['InvokeCommand', []],
]);

/** The command with a copy of its input where contrib would change the caller's, and fail where that is frozen. */
function withOwnInput(command: unknown): unknown {
  const nested = CHANGED_BY_CONTRIB.get(command?.constructor?.name ?? '');
  if (nested === undefined || !isObject((command as AwsCommand).input)) return command;
  const input = copyWith((command as AwsCommand).input);
  for (const name of nested) {
    const value = input[name];
    if (isObject(value)) input[name] = copyWith(value);
  }
  return Object.create(command as AwsCommand, {
    input: { value: input, writable: true, enumerable: true, configurable: true },
  });
}
