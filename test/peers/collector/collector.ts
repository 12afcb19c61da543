import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { missingCommands } from '../toolchain.ts';
import { builtCollector, type Distribution } from './build.ts';

export { BUILD_MILLIS, COLLECTOR, collectorIfBuilt, DISTRIBUTIONS, type Distribution } from './build.ts';

const START_MILLIS = 30_000;
const STOP_MILLIS = 30_000;
const VALIDATE_MILLIS = 30_000;
const LOG_KEPT = 2_000_000;
const READY = 'Everything is ready.';

/** Runs a command that gets a SIGKILL when the shell's stdin ends, whose other end is ours: the system closes it however we end. */
const WHILE_STDIN_IS_OPEN = `
  exec 3<&0
  { cat <&3; kill -9 $$; } >/dev/null 2>&1 &
  exec "$@" 3<&- </dev/null 2>&1
`;

/** What a Collector runs. */
export interface CollectorOptions {
  /** Configurations, merged in this order: paths, or what else `--config` takes, such as `yaml:...`. */
  readonly configs: readonly string[];
  /** Its environment, with nothing of ours but `PATH`. */
  readonly env?: Readonly<Record<string, string>>;
  /** More of its command line, such as `--feature-gates=...`. */
  readonly argv?: readonly string[];
  /** `slim` where nothing else is said. */
  readonly distribution?: Distribution;
}

/** A running Collector on addresses of its own. */
export interface Collector {
  /** `http://127.0.0.1:PORT`, for OTLP over HTTP. */
  readonly otlpHttp: string;
  /** `127.0.0.1:PORT`, for OTLP over gRPC. */
  readonly otlpGrpc: string;
  /** `http://127.0.0.1:PORT`, answers 200 while the Collector runs. */
  readonly health: string;
  /** `http://127.0.0.1:PORT/metrics`, its own metrics in Prometheus' format. */
  readonly metrics: string;
  readonly pid: number;
  /** What it has printed, the last 2 MB of it. */
  log(): string;
  /** Asks it to end, `SIGTERM` where nothing else is said, and waits until it has; its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** What `validate` says. */
export interface Validation {
  readonly valid: boolean;
  /** What it printed: nothing where the configuration is valid, else the error. */
  readonly output: string;
}

/** One sentence that names what the Collector needs and this machine lacks. */
export function missingToolchain(): string | undefined {
  return missingCommands('go', 'sh');
}

/**
 * A Collector that is ready. The variables of `collector/README.md` name free loopback ports where `env` does not set them. The first call builds it.
 *
 * @throws Error with its log where it does not start.
 */
export async function startCollector({
  configs,
  env = {},
  argv = [],
  distribution = 'slim',
}: CollectorOptions): Promise<Collector> {
  const binary = await builtCollector(distribution);
  const [grpc, http, health, metrics] = await freePorts(4);
  const addresses = {
    OTLP_GRPC_ENDPOINT: `127.0.0.1:${grpc}`,
    OTLP_HTTP_ENDPOINT: `127.0.0.1:${http}`,
    HEALTH_ENDPOINT: `127.0.0.1:${health}`,
    METRICS_PORT: String(metrics),
    ...env,
  };
  const child = spawn('sh', ['-c', WHILE_STDIN_IS_OPEN, 'sh', binary, ...configArguments(configs), ...argv], {
    env: environment(addresses),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-LOG_KEPT);
  });
  await readiness(child, () => log);
  return {
    otlpHttp: `http://${addresses.OTLP_HTTP_ENDPOINT}`,
    otlpGrpc: addresses.OTLP_GRPC_ENDPOINT,
    health: `http://${addresses.HEALTH_ENDPOINT}`,
    metrics: `http://127.0.0.1:${addresses.METRICS_PORT}/metrics`,
    pid: child.pid as number,
    log: () => log,
    stop: (signal = 'SIGTERM') => stopped(child, signal),
  };
}

/** The Collector's own check of configurations, which starts nothing. */
export async function validate({
  configs,
  env = {},
  argv = [],
  distribution = 'slim',
}: CollectorOptions): Promise<Validation> {
  const binary = await builtCollector(distribution);
  return new Promise((resolve) => {
    const options = { env: environment(env), timeout: VALIDATE_MILLIS };
    execFile(binary, ['validate', ...configArguments(configs), ...argv], options, (error, stdout, stderr) => {
      resolve({ valid: error === null, output: stdout + stderr });
    });
  });
}

/** Ports of the loopback interface that were free just now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

function configArguments(configs: readonly string[]): string[] {
  return configs.flatMap((config) => ['--config', config]);
}

function environment(env: Readonly<Record<string, string>>): Record<string, string> {
  return { PATH: process.env.PATH ?? '', ...env };
}

async function readiness(child: ChildProcess, log: () => string): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MILLIS);
  const exited = once(child, 'exit').then(() => true);
  while (!log().includes(READY)) {
    if (await Promise.race([exited, once(child.stdout as NodeJS.ReadableStream, 'data').then(() => false)])) {
      clearTimeout(timer);
      throw new Error(`the Collector does not start:\n${log().slice(-4000)}`);
    }
  }
  clearTimeout(timer);
}

async function stopped(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MILLIS);
  await exited;
  clearTimeout(timer);
  return child.exitCode;
}
