import { join } from 'node:path';
import { AskedProcess } from '../asked-process.ts';
import { QUIET_TRACER, type RemoteParent } from '../dd-trace-js/remote-parent.ts';

const FUNCTION = 'billing';
const ENV = {
  ...QUIET_TRACER,
  AWS_LAMBDA_FUNCTION_NAME: FUNCTION,
  LAMBDA_TASK_ROOT: import.meta.dirname,
  DD_LAMBDA_HANDLER: join(import.meta.dirname, 'function.handler'),
  DD_COLD_START_TRACING: 'false',
  DD_FLUSH_TO_LOG: 'true',
};

/** What AWS gives a function beside the event. */
function lambdaContext(clientContext?: unknown) {
  return {
    functionName: FUNCTION,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${FUNCTION}`,
    awsRequestId: crypto.randomUUID(),
    memoryLimitInMB: '128',
    ...(clientContext !== undefined && { clientContext }),
  };
}

/** A Lambda function in JavaScript with Datadog's layer, which says what the layer made of an event. */
export class DatadogLambda {
  readonly #process: AskedProcess;

  private constructor(process: AskedProcess) {
    this.#process = process;
  }

  /** In `env` what the function's owner sets; a `LAMBDA_TASK_ROOT` takes the place of the handler's own folder. */
  static async start(env: Record<string, string> = {}): Promise<DatadogLambda> {
    // Of the spans that it makes of queues and topics, some are gone before the handler runs.
    const variables = { ...ENV, DD_TRACE_MANAGED_SERVICES: 'false', ...env };
    return new DatadogLambda(await AskedProcess.start(join(import.meta.dirname, 'host.mjs'), { env: variables }));
  }

  async invoke(event: unknown, clientContext?: unknown): Promise<RemoteParent> {
    const context = lambdaContext(clientContext);
    return (await this.#process.ask<{ parent: RemoteParent }>({ event, context })).parent;
  }

  close(): Promise<void> {
    return this.#process.close();
  }
}

/** A span as dd-trace exports it: ids are 16 lower-case hex digits, times nanoseconds. */
export interface DatadogSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  readonly resource: string;
  readonly service: string;
  readonly type: string | undefined;
  readonly start: number;
  readonly duration: number;
  readonly error: number;
  readonly meta: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The same function with the spans that the layer infers, and all spans of an invocation for its answer. */
export class ExportingDatadogLambda {
  readonly #process: AskedProcess;

  private constructor(process: AskedProcess) {
    this.#process = process;
  }

  static async start(env: Record<string, string>): Promise<ExportingDatadogLambda> {
    const host = join(import.meta.dirname, 'exporting-host.mjs');
    return new ExportingDatadogLambda(await AskedProcess.start(host, { env: { ...ENV, ...env } }));
  }

  async invoke(event: unknown): Promise<DatadogSpan[]> {
    return (await this.#process.ask<{ spans: DatadogSpan[] }>({ event, context: lambdaContext() })).spans;
  }

  close(): Promise<void> {
    return this.#process.close();
  }
}
