import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { nodeBinary } from '../node/node-binary.mjs';

export const ROOT = join(import.meta.dirname, '../..');

/** The preload that `npm run build` made. */
export const REGISTER = join(ROOT, 'dist/register.js');

export interface NodeOptions {
  readonly major?: string;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** After which it is killed. */
  readonly timeoutMillis?: number;
}

export interface Run {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  stdout: string;
  stderr: string;
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly end: Promise<number | string>;
  /** Resolves with the first match in what it prints on stdout. */
  printed(pattern: RegExp): Promise<string>;
  /** The same for stderr. */
  complained(pattern: RegExp): Promise<string>;
}

/** An application in a process of its own, with nothing of this one's environment that could bear on tracing. */
export function runNode(
  args: string[],
  { major = '24', env = {}, cwd = ROOT, timeoutMillis = 30_000 }: NodeOptions = {},
): Run {
  const { PATH = '', HOME = '', TMPDIR = '' } = process.env;
  const child = spawn(nodeBinary(major), args, {
    cwd,
    env: { PATH, HOME, TMPDIR, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMillis,
    killSignal: 'SIGKILL',
  });
  const run: Run = {
    child,
    stdout: '',
    stderr: '',
    end: once(child, 'close').then(([code, signal]) => signal ?? code),
    printed: (pattern) => matchIn('stdout', pattern),
    complained: (pattern) => matchIn('stderr', pattern),
  };
  async function matchIn(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(run[stream]);
      if (match) return match[1] ?? match[0];
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended: ${run.stderr}`);
      await Promise.race([once(child[stream], 'data'), run.end]);
    }
  }
  child.stdout.on('data', (chunk) => {
    run.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    run.stderr += chunk;
  });
  return run;
}
