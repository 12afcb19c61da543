import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = import.meta.dirname;
export const ROOT = join(FOLDER, '../..');
const CLI = fileURLToPath(import.meta.resolve('@jazzer.js/core/dist/cli.js'));

/** What the fuzzer is to see: the parsers, and nothing that would only cost time. */
const INSTRUMENTED = ['dist/propagation/', 'dist/carriers/'];

/** For the processes too that the fuzzer starts itself. */
const NODE_OPTIONS = `--disable-warning=ExperimentalWarning --import=${new URL('./older-system.mjs', import.meta.url)}`;

export interface JazzerRun {
  /** Corpora; new inputs go into the first. */
  readonly folders: readonly string[];
  readonly options?: readonly string[];
  /** Of libFuzzer: https://llvm.org/docs/LibFuzzer.html#options */
  readonly engineOptions: readonly string[];
  /** Where its output goes too, as it comes. */
  readonly echo?: NodeJS.WritableStream;
}

/** Runs jazzer over the target, and resolves with its output and exit code. */
export async function runJazzer({ folders, options = [], engineOptions, echo }: JazzerRun) {
  const child = spawn(
    process.execPath,
    [
      CLI,
      join(FOLDER, 'jazzer.mjs'),
      ...folders,
      '--sync',
      ...INSTRUMENTED.flatMap((folder) => ['-i', folder]),
      // The target looks for what they look for, and they slow everything down.
      '--disableBugDetectors=.*',
      ...options,
      '--',
      ...engineOptions,
    ],
    // In a group of its own, so that what it starts itself ends with it.
    { cwd: ROOT, env: { ...process.env, NODE_OPTIONS }, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const kill = () => process.kill(-(child.pid ?? 0), 'SIGKILL');
  process.once('exit', kill);
  const closed = once(child, 'close');
  let output = '';
  const keep = (chunk: string) => {
    output += chunk;
    echo?.write(chunk);
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', keep);
  const [code] = await closed;
  process.off('exit', kill);
  return { code: code as number | null, output };
}
