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
  /** The spans that it sends on. */
  readonly kept: readonly AgentSpan[];
  /** The same as the payload for Datadog's intake, in base64. */
  readonly payload: string;
}

/** A span as Datadog shows it. */
export interface AgentSpan {
  /** The lower 64 bits, decimal. */
  readonly traceId: string;
  /** Whether it has no parent. */
  readonly isRoot: boolean;
  readonly name: string;
  readonly resource: string;
  readonly type: string;
}

/** An OTLP request in JSON or protobuf, or what one of Datadog's tracers sends to `/v0.4/traces`. */
export type AgentFormat = 'otlp' | 'otlp-proto' | 'v0.4';

/** One sentence that names what the Agent's code needs and this machine lacks. */
export function missingToolchain(): string | undefined {
  return missingCommands('go');
}

/** The Agent's `pkg/trace`, which the first call builds, with its defaults and these features (its `DD_APM_FEATURES`). */
export async function accountOfAgent(
  request: Uint8Array,
  format: AgentFormat = 'otlp',
  features: readonly string[] = [],
): Promise<AgentAccount> {
  const agent = spawn(join(await builtAgent(), 'agent'), [format], {
    timeout: RUN_MILLIS,
    killSignal: 'SIGKILL',
    env: { ...process.env, DD_APM_FEATURES: features.join(',') },
  });
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
