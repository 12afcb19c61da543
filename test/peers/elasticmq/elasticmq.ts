import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { installedFolder, installing } from '../installation.ts';
import { missingCommands } from '../toolchain.ts';

const FOLDER = import.meta.dirname;
const POM = join(FOLDER, 'pom.xml');
const CONFIGURATION = join(FOLDER, 'elasticmq.conf');
const LIB = join(FOLDER, 'lib/');

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

function installedJars(): Promise<string> {
  return installedFolder(LIB, [readFileSync(POM)], (folder) => {
    const maven = ['mvn', '-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
    return installing('ElasticMQ', maven, { timeout: INSTALL_MILLIS });
  });
}
