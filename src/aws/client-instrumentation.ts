import {
  InstrumentationBase,
  type InstrumentationConfig,
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import { withOwnInput } from './own-input';
import { type AwsMiddleware, type AwsMiddlewareStack, addToClient } from './plugin';

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

interface AwsClientConfig extends InstrumentationConfig {
  readonly middleware: AwsMiddleware;
}

/** Adds the middleware to every AWS SDK v3 client that has no `awsSdkPlugin()` of its own when it first sends. */
export class AwsClientInstrumentation extends InstrumentationBase<AwsClientConfig> {
  constructor(middleware: AwsMiddleware) {
    super('otel-datadog-bridge/aws-client', '', { middleware });
  }

  protected override init(): InstrumentationNodeModuleDefinition[] {
    const patch = patchWith(this.getConfig().middleware);
    const file = new InstrumentationNodeModuleFile(CLIENT_FILE, ['>=3.24.0'], patch, unpatch);
    return [
      ...CLIENT_PACKAGES.map(
        ([name, versions]) => new InstrumentationNodeModuleDefinition(name, [versions], patch, unpatch),
      ),
      new InstrumentationNodeModuleDefinition('@smithy/core', ['>=3.24.0'], undefined, undefined, [file]),
    ];
  }
}

/** Not by the base class's `_wrap`, which first takes off the wrapper that contrib has put on. */
function patchWith(middleware: AwsMiddleware): (module: AwsClientModule) => AwsClientModule {
  const patched = new WeakSet<AwsClient>();
  return (module) => {
    const prototype = module.Client?.prototype;
    if (prototype !== undefined && !patched.has(prototype)) {
      patched.add(prototype);
      prototype.send = withPlugin(prototype.send, middleware);
    }
    return module;
  };
}

/** Nothing ever disables an instrumentation of the preload's. */
function unpatch(): void {}

function withPlugin(send: AwsClient['send'], middleware: AwsMiddleware): AwsClient['send'] {
  const plugged = new WeakSet<AwsMiddlewareStack>();
  return function (this: AwsClient, ...args: unknown[]) {
    const { middlewareStack } = this;
    if (!plugged.has(middlewareStack)) {
      plugged.add(middlewareStack);
      addToClient(middlewareStack, middleware);
    }
    const [command, ...others] = args;
    return send.call(this, withOwnInput(command), ...others);
  };
}
