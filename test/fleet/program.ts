import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const START_MILLIS = 60_000;
const END_MILLIS = 5_000;
const OUTPUT_KEPT = 8_000;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A program of the fleet in a process of its own, with nothing of this one's environment that could bear on tracing. */
export class Program {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  /** The last of what it has printed. */
  output = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    running.add(child);
    this.#ended = once(child, 'close').then(() => running.delete(child));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        this.output = (this.output + chunk).slice(-OUTPUT_KEPT);
      });
    }
  }

  static start([command = '', ...argv]: readonly string[], env: Record<string, string>, cwd: string): Program {
    const { PATH = '', HOME = '', TMPDIR = '' } = process.env;
    return new Program(
      spawn(command, argv, { cwd, env: { PATH, HOME, TMPDIR, ...env }, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }

  /** One that listens on `PORT`, which it is given; resolves when it does. */
  static async listening(
    command: readonly string[],
    env: Record<string, string>,
    cwd: string,
    port: number,
  ): Promise<Program> {
    const program = Program.start(command, { ...env, PORT: String(port) }, cwd);
    const deadline = Date.now() + START_MILLIS;
    while (!(await accepts(port))) {
      if (!program.isRunning || Date.now() > deadline) {
        await program.close();
        throw new Error(`${command.join(' ')} does not listen: ${program.output}`);
      }
      await sleep(50);
    }
    return program;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when it has ended. */
  get ended(): Promise<unknown> {
    return this.#ended;
  }

  /** Tells it to end, and ends it where it does not. */
  async close(): Promise<void> {
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), END_MILLIS);
    this.#child.kill('SIGTERM');
    await this.#ended;
    clearTimeout(killer);
  }
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
