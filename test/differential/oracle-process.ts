import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { asciiJson } from './ascii-json.ts';
import type { Configuration, Headers, Observation, Peer } from './peer.ts';

const READY_MILLIS = 60_000;
const STDERR_KEPT = 4_000;

/**
 * Nothing that a tracer says of itself leaves the process, and nothing that this machine's environment says of tracing reaches it.
 */
const QUIET: Configuration = {
  DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
  DD_REMOTE_CONFIGURATION_ENABLED: 'false',
  DD_TRACE_STARTUP_LOGS: 'false',
  DD_CRASHTRACKING_ENABLED: 'false',
  DD_TRACE_AGENT_URL: 'unix:///nowhere/datadog.socket',
};

/**
 * A tracer as a process of its own: header sets in, observations out, one line of JSON for each call. The oracle reads its stdin to
 * the end and then ends, so that it never outlives whoever asks it.
 */
export function startOracle(
  command: string,
  argv: readonly string[],
  configuration: Configuration,
  cwd: string = import.meta.dirname,
): Peer {
  const child = spawn(command, argv, {
    cwd,
    env: { ...withoutTracing(process.env), ...QUIET, ...configuration },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
  });
  // A write to an oracle that is gone fails here too; what is told is that it is gone.
  child.stdin.on('error', () => {});
  const exited = once(child, 'exit');
  exited.catch(() => {});
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();

  const ended = async () => {
    const [code, signal] = await exited;
    return new Error(`${command} ended with ${signal ?? code}: ${stderr}`);
  };
  return {
    async observe(headerSets: readonly Headers[]): Promise<Observation[]> {
      child.stdin.write(`${asciiJson(headerSets)}\n`);
      const timer = setTimeout(() => child.kill('SIGKILL'), READY_MILLIS);
      try {
        const { value, done } = await lines.next();
        if (done) throw await ended();
        return JSON.parse(value) as Observation[];
      } finally {
        clearTimeout(timer);
      }
    },
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}

function withoutTracing(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(?:DD_|_DD_|OTEL_)/.test(name) && name !== 'NODE_OPTIONS'),
  );
}
