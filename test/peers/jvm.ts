import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { installing } from './installation.ts';
import { missingCommands } from './toolchain.ts';

const INSTALL_MILLIS = 240_000;
const START_MILLIS = 60_000;
const LOG_LINES = 40;

/** Half the time to start, for servers that do little. */
const QUICK_START = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/**
 * Runs a command that ends when the shell's stdin does, and its folder (`$0`) with it: the other end of that pipe is ours, and the
 * system closes it however we end. A JVM cannot be told to watch a pipe itself. What is being killed may still write, and so keep
 * a folder from being removed.
 */
const WHILE_STDIN_IS_OPEN = `
  exec 3<&0
  {
    cat <&3
    kill -9 $$
    for attempt in 1 2 3 4 5; do rm -rf "$0" && break; sleep 1; done
  } >/dev/null 2>&1 &
  exec "$@" 3<&- </dev/null 2>&1
`;

export interface Jvm {
  /** What the pattern found in the line by which the server says that it is up. */
  readonly ready: RegExpExecArray;
  close(): Promise<void>;
}

/** One sentence that names what a server from Maven needs and this machine lacks. */
export function missingToolchain(): string | undefined {
  return missingCommands('java', 'mvn', 'sh');
}

/** Puts the jars that a `pom.xml` depends on into a folder. */
export function copyJars(what: string, pom: string, folder: string): Promise<unknown> {
  const maven = ['mvn', '-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
  return installing(what, maven, { timeout: INSTALL_MILLIS });
}

/**
 * A server in a JVM of these arguments, once it has printed a line that matches `ready`. Its working directory is a new one, with a
 * copy of `files` in it, and is removed with it.
 */
export async function startJvm(what: string, argv: readonly string[], ready: RegExp, files?: string): Promise<Jvm> {
  const folder = mkdtempSync(join(tmpdir(), `${what.toLowerCase()}-`));
  if (files !== undefined) cpSync(files, folder, { recursive: true });
  const child = spawn('sh', ['-c', WHILE_STDIN_IS_OPEN, folder, 'java', ...QUICK_START, ...argv], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const close = async () => {
    child.stdin.destroy();
    await exited;
  };
  const timer = setTimeout(() => child.stdin.destroy(), START_MILLIS);
  const log: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    const match = ready.exec(line);
    if (match !== null) {
      clearTimeout(timer);
      // Nobody reads on, and a full pipe would block the server.
      child.stdout.resume();
      return { ready: match, close };
    }
    log.push(line);
  }
  clearTimeout(timer);
  await close();
  throw new Error(`${what} did not start:\n${log.slice(-LOG_LINES).join('\n')}`);
}
