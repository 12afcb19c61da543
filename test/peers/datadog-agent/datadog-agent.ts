import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { installedFolder, installing } from '../installation.ts';
import { missingCommands } from '../toolchain.ts';

const FOLDER = import.meta.dirname;
const SOURCES = ['go.mod', 'go.sum', 'main.go'].map((name) => join(FOLDER, name));
const BUILD_MILLIS = 290_000;
const RUN_MILLIS = 30_000;

/** What the Agent makes of a request. */
export interface AgentAccount {
  /** How many spans it counts in its trace metrics, by resource. */
  readonly hits: Readonly<Record<string, number>>;
  /** The resources of the spans that it sends on. */
  readonly kept: readonly string[];
}

/** One sentence that names what the Agent's code needs and this machine lacks. */
export function missingToolchain(): string | undefined {
  return missingCommands('go');
}

/** The Agent's `pkg/trace`, which the first call builds, with its defaults. `request` is the JSON of an OTLP request. */
export async function accountOfAgent(request: Uint8Array): Promise<AgentAccount> {
  const agent = spawn(join(await builtAgent(), 'agent'), { timeout: RUN_MILLIS, killSignal: 'SIGKILL' });
  const printed = Promise.all([text(agent.stdout), text(agent.stderr)]);
  agent.stdin.end(request);
  const [account, complaints] = await printed;
  if (account === '') throw new Error(`the Agent's code says nothing: ${complaints.slice(-1000)}`);
  return JSON.parse(account) as AgentAccount;
}

/** Builds it, once. */
export async function builtAgent(): Promise<string> {
  const inputs = SOURCES.map((source) => readFileSync(source));
  return installedFolder(join(FOLDER, 'bin/'), inputs, (folder) => {
    const build = ['go', 'build', '-mod=readonly', '-buildvcs=false', '-o', join(folder, 'agent'), '.'];
    return installing("the Agent's code", build, { cwd: FOLDER, timeout: BUILD_MILLIS });
  });
}
