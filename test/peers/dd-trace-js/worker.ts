import { join } from 'node:path';
import type { AwsSdkPluginOptions } from '../../../src/index.ts';
import { AskedProcess } from '../asked-process.ts';
import { QUIET_TRACER, type RemoteParent } from './remote-parent.ts';

export type SendOperation = 'SendMessage' | 'SendMessageBatch' | 'Publish' | 'PutEvents';

export interface Received {
  /** `null` where it has found none. */
  readonly parent: RemoteParent | null;
  /** Its enumerable properties. */
  readonly message: Readonly<Record<string, unknown>>;
}

/** A worker under dd-trace that has no line of tracing but the plugin's, if it has that. */
export class DdTraceWorker {
  readonly #process: AskedProcess;

  private constructor(process: AskedProcess) {
    this.#process = process;
  }

  /** With `awsSdkPlugin()` on its clients where there are options for that; in `env` what else its owner sets. */
  static async start(plugin?: AwsSdkPluginOptions, env: Record<string, string> = {}): Promise<DdTraceWorker> {
    const execArgv = ['--require', 'dd-trace/init'];
    const variables = {
      ...QUIET_TRACER,
      // The log exporter has no connection to anyone.
      DD_TRACE_EXPERIMENTAL_EXPORTER: 'log',
      ...(plugin && { PLUGIN_OPTIONS: JSON.stringify(plugin) }),
      ...env,
    };
    const file = join(import.meta.dirname, 'worker.cjs');
    return new DdTraceWorker(await AskedProcess.start(file, { execArgv, env: variables }));
  }

  /** What it makes of the next message of the queue. */
  async receiveMessage(endpoint: string, queueUrl: string): Promise<RemoteParent | null> {
    return (await this.receive(endpoint, queueUrl)).parent;
  }

  /** The same, with the message as the application sees it. */
  receive(endpoint: string, queueUrl: string, attributeNames?: string[]): Promise<Received> {
    return this.#process.ask({ endpoint, queueUrl, attributeNames });
  }

  /** What it makes of the one record that the endpoint has. */
  async getRecord(endpoint: string): Promise<RemoteParent | null> {
    return (await this.#process.ask<Received>({ endpoint })).parent;
  }

  /** Sends in a span of dd-trace's, and gives its trace. */
  async send(endpoint: string, operation: SendOperation, input: object): Promise<string> {
    return (await this.#process.ask<{ traceId: string }>({ endpoint, send: [operation, input] })).traceId;
  }

  close(): Promise<void> {
    return this.#process.close();
  }
}
