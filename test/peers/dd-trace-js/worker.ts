import { join } from 'node:path';
import { AskedProcess } from '../asked-process.ts';
import { QUIET_TRACER, type RemoteParent } from './remote-parent.ts';

/** A worker under dd-trace that has no line of tracing. */
export class DdTraceWorker {
  readonly #process: AskedProcess;

  private constructor(process: AskedProcess) {
    this.#process = process;
  }

  static async start(): Promise<DdTraceWorker> {
    const execArgv = ['--require', 'dd-trace/init'];
    // The log exporter has no connection to anyone.
    const env = { ...QUIET_TRACER, DD_TRACE_EXPERIMENTAL_EXPORTER: 'log' };
    return new DdTraceWorker(await AskedProcess.start(join(import.meta.dirname, 'worker.cjs'), { execArgv, env }));
  }

  /** What it makes of the next message of the queue. */
  receiveMessage(endpoint: string, queueUrl: string): Promise<RemoteParent> {
    return this.#process.ask({ endpoint, queueUrl });
  }

  /** What it makes of the one record that the endpoint has. */
  getRecord(endpoint: string): Promise<RemoteParent> {
    return this.#process.ask({ endpoint });
  }

  close(): Promise<void> {
    return this.#process.close();
  }
}
