import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { missingCommands } from '../toolchain.ts';

const FOLDER = import.meta.dirname;
const POM = join(FOLDER, 'pom.xml');
const CONFIGURATION = join(FOLDER, 'elasticmq.conf');
const LIB = join(FOLDER, 'lib');

const INSTALL_MILLIS = 240_000;
const START_MILLIS = 30_000;

/**
 * Runs a command that ends when the shell's stdin does: the other end of that pipe is ours, and the system closes it
 * however we end. A JVM cannot be told to watch a pipe itself.
 */
const WHILE_STDIN_IS_OPEN = `
  exec 3<&0
  { cat <&3; kill -9 $$; } >/dev/null 2>&1 &
  exec "$@" 3<&- </dev/null 2>&1
`;

export interface ElasticMq {
  /** `http://127.0.0.1:PORT`; queue URLs have the same host. */
  readonly endpoint: string;
  close(): Promise<void>;
}

/** One sentence that names what ElasticMQ needs and this machine lacks. */
export function missingToolchain(): string | undefined {
  return missingCommands('java', 'mvn', 'sh');
}

/** An SQS server that enforces the quotas and the attribute names of the real one, with no queues in it. */
export async function startElasticMq(): Promise<ElasticMq> {
  const java = ['java', '-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  const server = [
    `-Dconfig.file=${CONFIGURATION}`,
    '-cp',
    join(await installedJars(), '*'),
    'org.elasticmq.server.Main',
  ];
  const child = spawn('sh', ['-c', WHILE_STDIN_IS_OPEN, 'sh', ...java, ...server], {
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
    const address = /bind address (127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (address !== undefined) {
      clearTimeout(timer);
      // Nobody reads on, and a full pipe would block the server.
      child.stdout.resume();
      return { endpoint: `http://${address}`, close };
    }
    log.push(line);
  }
  clearTimeout(timer);
  await close();
  throw new Error(`ElasticMQ did not start:\n${log.join('\n')}`);
}

/** The folder of the server's jars. It has its name only when it is complete, and another pom makes another one. */
async function installedJars(): Promise<string> {
  const jars = join(LIB, createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 16));
  if (existsSync(jars)) return jars;
  mkdirSync(LIB, { recursive: true });
  const incomplete = mkdtempSync(join(LIB, 'incomplete-'));
  try {
    await maven('dependency:copy-dependencies', `-DoutputDirectory=${incomplete}`);
    if (!existsSync(jars)) renameSync(incomplete, jars);
  } finally {
    rmSync(incomplete, { recursive: true, force: true });
  }
  return jars;
}

async function maven(...argv: string[]): Promise<void> {
  try {
    await promisify(execFile)('mvn', ['-q', '-B', '-f', POM, ...argv], { timeout: INSTALL_MILLIS });
  } catch (error) {
    const { message, stdout } = error as Error & { stdout?: string };
    throw new Error(`ElasticMQ is not installed: ${message}\n${stdout}`);
  }
}
