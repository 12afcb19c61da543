import {
  InstrumentationBase,
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import { type AwsMiddlewareStack, awsSdkPlugin } from './plugin';

interface AwsClientModule {
  Client: { prototype: AwsClient };
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
    const patch = (module: AwsClientModule) => {
      if (module.Client) this._wrap(module.Client.prototype, 'send', withPlugin);
      return module;
    };
    const unpatch = (module: AwsClientModule) => {
      if (module.Client) this._unwrap(module.Client.prototype, 'send');
    };
    const file = new InstrumentationNodeModuleFile(CLIENT_FILE, ['>=3.24.0'], patch, unpatch);
    return [
      ...CLIENT_PACKAGES.map(
        ([name, versions]) => new InstrumentationNodeModuleDefinition(name, [versions], patch, unpatch),
      ),
      new InstrumentationNodeModuleDefinition('@smithy/core', ['>=3.24.0'], undefined, undefined, [file]),
    ];
  }
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
    return send.apply(this, args);
  };
}
