import { join } from 'node:path';
import { AskedProcess } from '../asked-process.ts';
import { QUIET_TRACER, type RemoteParent } from '../dd-trace-js/remote-parent.ts';

const FUNCTION = 'billing';

/** A Lambda function in JavaScript with Datadog's layer, which says what the layer made of an event. */
export class DatadogLambda {
  readonly #process: AskedProcess;

  private constructor(process: AskedProcess) {
    this.#process = process;
  }

  static async start(): Promise<DatadogLambda> {
    const env = {
      ...QUIET_TRACER,
      AWS_LAMBDA_FUNCTION_NAME: FUNCTION,
      LAMBDA_TASK_ROOT: import.meta.dirname,
      DD_LAMBDA_HANDLER: 'function.handler',
      DD_COLD_START_TRACING: 'false',
      DD_FLUSH_TO_LOG: 'true',
      // Of the spans that it makes of queues and topics, some are gone before the handler runs.
      DD_TRACE_MANAGED_SERVICES: 'false',
    };
    return new DatadogLambda(await AskedProcess.start(join(import.meta.dirname, 'host.mjs'), { env }));
  }

  async invoke(event: unknown, clientContext?: unknown): Promise<RemoteParent> {
    const context = {
      functionName: FUNCTION,
      functionVersion: '$LATEST',
      invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${FUNCTION}`,
      awsRequestId: crypto.randomUUID(),
      memoryLimitInMB: '128',
      ...(clientContext !== undefined && { clientContext }),
    };
    return (await this.#process.ask<{ parent: RemoteParent }>({ event, context })).parent;
  }

  close(): Promise<void> {
    return this.#process.close();
  }
}
