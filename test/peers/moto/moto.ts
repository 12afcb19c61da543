import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { missingPython, venvPython } from '../python-venv.ts';

const FOLDER = import.meta.dirname;
const SERVER = join(FOLDER, 'server.py');
const START_MILLIS = 60_000;
const STDERR_KEPT = 4_000;

export interface Moto {
  /** `http://127.0.0.1:PORT`, for the clients of every service. */
  readonly endpoint: string;
  close(): Promise<void>;
}

/** One sentence that names what moto needs and this machine lacks. */
export function missingToolchain(): string | undefined {
  return missingPython();
}

/** Kinesis, EventBridge, Step Functions, SQS and more of AWS, with nothing in them. The first call installs it. */
export async function startMoto(): Promise<Moto> {
  const child = spawn(await venvPython('moto', FOLDER), [SERVER], { stdio: ['pipe', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
  });
  const exited = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MILLIS);
  const [endpoint] = await Promise.race([once(createInterface(child.stdout), 'line'), exited]);
  clearTimeout(timer);
  if (typeof endpoint !== 'string') throw new Error(`moto did not start: ${stderr}`);
  return {
    endpoint,
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}
