import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

const START_MILLIS = 20_000;

/** A peer in a process of its own, which answers one question after the other and ends when this process does. */
export class AskedProcess {
  readonly #child: ChildProcess;
  #output = '';

  private constructor(file: string, execArgv: string[], env: Record<string, string>) {
    const { PATH = '', HOME = '', TMPDIR = '' } = process.env;
    this.#child = fork(file, { execArgv, env: { PATH, HOME, TMPDIR, ...env }, silent: true });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk) => {
        this.#output = (this.#output + chunk).slice(-10_000);
      });
    }
  }

  /** Starts it and waits for its first message, which says that it is ready. */
  static async start(
    file: string,
    { execArgv = [], env = {} }: { execArgv?: string[]; env?: Record<string, string> },
  ): Promise<AskedProcess> {
    const started = new AskedProcess(file, execArgv, env);
    await started.#answer(AbortSignal.timeout(START_MILLIS));
    return started;
  }

  /** Its answer to the question; an `error` in it is thrown. */
  async ask<Answer extends object>(question: object): Promise<Answer> {
    const answered = this.#answer();
    this.#child.send(question);
    const answer = (await answered) as Answer | { error: string };
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill();
    await exit;
  }

  async #answer(signal?: AbortSignal): Promise<unknown> {
    const done = new AbortController();
    const either = signal ? AbortSignal.any([signal, done.signal]) : done.signal;
    const failed = once(this.#child, 'exit', { signal: either }).then(([code]) => {
      throw new Error(`it ended with ${code}: ${this.#output}`);
    });
    try {
      const [answer] = await Promise.race([once(this.#child, 'message', { signal: either }), failed]);
      return answer;
    } finally {
      failed.catch(() => {});
      done.abort();
    }
  }
}
