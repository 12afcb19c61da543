import { join } from 'node:path';
import { AskedProcess } from '../asked-process.ts';

/** What Datadog's tracer took for the parent, `null` where it started a trace of its own. */
export interface RemoteParent {
  /** 32 lower-case hex digits; 16 where only that half is known. */
  readonly traceId: string;
  readonly spanId: string | null;
  readonly priority: number;
  readonly origin: string | null;
}

/** Nothing of dd-trace leaves its process. */
export const QUIET_TRACER = {
  DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
  DD_REMOTE_CONFIGURATION_ENABLED: 'false',
  DD_CRASHTRACKING_ENABLED: 'false',
  DD_TRACE_STARTUP_LOGS: 'false',
  DD_TRACE_DISABLED_PLUGINS: 'fs,dns',
};

/** A worker under dd-trace that has no line of tracing. */
export class DdTraceWorker {
  readonly #process: AskedProcess;

  private constructor(process: AskedProcess) {
    this.#process = process;
  }

  static async start(endpoint: string): Promise<DdTraceWorker> {
    const execArgv = ['--require', 'dd-trace/init'];
    // The log exporter has no connection to anyone.
    const env = { ...QUIET_TRACER, AWS_LAMBDA_FUNCTION_NAME: '', DD_TRACE_EXPERIMENTAL_EXPORTER: 'log' };
    return new DdTraceWorker(
      await AskedProcess.start(join(import.meta.dirname, 'sqs-worker.cjs'), { argv: [endpoint], execArgv, env }),
    );
  }

  /** Receives the next message of the queue. */
  receive(queueUrl: string): Promise<{ readonly body: string; readonly parent: RemoteParent }> {
    return this.#process.ask({ queueUrl });
  }

  close(): Promise<void> {
    return this.#process.close();
  }
}
