import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const SERVICES = join(import.meta.dirname, 'services');
const START_MILLIS = 15_000;
const STOP_MILLIS = 5_000;

/** What a user's own shell may hold and the fleet must not see. */
const FOREIGN_VARIABLES = /^(?:DD_|OTEL_|AWS_|NODE_OPTIONS$|_HANDLER$|LAMBDA_)/;

export interface ServiceOptions {
  readonly name: string;
  /** File in `services/`. */
  readonly file: string;
  readonly node: string;
  readonly env: Record<string, string>;
}

/** A service in a process of its own, which ends when this one does. */
export class Service {
  readonly #options: ServiceOptions;
  readonly #process: ChildProcess;
  #output = '';
  #stopping = false;

  private constructor(options: ServiceOptions) {
    this.#options = options;
    const inherited = Object.entries(process.env).filter(([name]) => !FOREIGN_VARIABLES.test(name));
    this.#process = spawn(
      options.node,
      ['--require', join(SERVICES, 'end-with-parent.cjs'), join(SERVICES, options.file)],
      {
        cwd: import.meta.dirname,
        env: { ...Object.fromEntries(inherited), ...options.env },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    );
    this.#process.stderr?.on('data', (chunk) => this.#keep(chunk));
    this.failure = once(this.#process, 'exit').then(([code, signal]) => {
      if (this.#stopping) return new Promise<never>(() => {});
      throw new Error(`${options.name} (${options.file}) ended too soon, with ${signal ?? code}${this.#complaint()}`);
    });
    this.failure.catch(() => {});
  }

  /** Rejects when the process ends before it is asked to. */
  readonly failure: Promise<never>;

  /** Starts it and waits for its first line, which says that it is ready. */
  static async start(options: ServiceOptions): Promise<{ service: Service; firstLine: string }> {
    const service = new Service(options);
    try {
      return { service, firstLine: await service.#firstLine() };
    } catch (error) {
      await service.stop();
      throw error;
    }
  }

  async #firstLine(): Promise<string> {
    const { name } = this.#options;
    const child = this.#process;
    const lines = createInterface({ input: child.stdout ?? process.stdin });
    const ready = once(lines, 'line', { signal: AbortSignal.timeout(START_MILLIS) }).then(([line]) => String(line));
    const failed = once(child, 'error').then(([error]) => Promise.reject(error));
    const line = await Promise.race([ready, failed, this.failure]).catch((error) => {
      throw error.name === 'AbortError'
        ? new Error(`${name} did not start within ${START_MILLIS} ms${this.#complaint()}`)
        : error;
    });
    lines.on('line', (text) => this.#keep(`${text}\n`));
    failed.catch(() => {});
    return line;
  }

  /** Sends the process a message and waits for its answer. */
  async ask<Answer>(question: object): Promise<Answer> {
    const child = this.#process;
    const answered = once(child, 'message').then(([answer]) => answer as Answer);
    child.send(question, () => {});
    return Promise.race([answered, this.failure]);
  }

  /** Asks it to end, so that it sends what it has, and insists if it does not. */
  async stop(): Promise<void> {
    const child = this.#process;
    this.#stopping = true;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    const insist = setTimeout(() => child.kill('SIGKILL'), STOP_MILLIS);
    child.kill('SIGTERM');
    await exit;
    clearTimeout(insist);
  }

  /** The line of its output that says what is wrong. */
  #complaint(): string {
    const lines = this.#output.trim().split('\n');
    const line = lines.find((each) => /\b\w*Error\b/.test(each)) ?? lines.at(-1);
    return line ? `: ${line.trim()}` : '';
  }

  #keep(chunk: unknown): void {
    this.#output = (this.#output + chunk).slice(-10_000);
  }
}
