import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Collector, startCollector } from '../test/peers/collector/collector.ts';
import { KEPT, sendSpans, UNDECIDED } from './otlp-load.ts';

const CONFIGURATION = join(import.meta.dirname, '../otel-config.yaml');
/** As `sysconf(_SC_CLK_TCK)` says on every Linux. */
const TICKS_PER_SECOND = 100;
const SAMPLE_MILLIS = 250;

/** A Collector of `otel-config.yaml` with more on top. */
export interface CollectorSide {
  /** What `--config` takes, merged over the configuration. */
  readonly configs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Of the traces that the load leaves undecided. */
const SHARE = 0.1;

/** The configuration as it is, and without what it does for Datadog; both keep as many traces. */
export const SIDES: readonly [CollectorSide, CollectorSide] = [
  { configs: [], env: { SAMPLING_PERCENTAGE: String(100 * SHARE) } },
  {
    configs: ['yaml:service::pipelines::traces::processors: [memory_limiter, tail_sampling, batch]'],
    // Nobody reads the decisions in the trace state, so all traces are undecided: the share of those that the other side keeps.
    env: { SAMPLING_PERCENTAGE: String(100 * (KEPT + UNDECIDED * SHARE)) },
  },
];

export interface CollectorRun {
  /** That came in. */
  readonly spansPerSecond: number;
  /** Of CPU time for each span that came in. */
  readonly cpuMicros: number;
  /** The most that it had, of samples four times a second. */
  readonly mebibytes: number;
}

/** Runs a Collector under a steady load, and measures it after the warm-up; spans that it keeps go to a server that throws them away. */
export async function runCollector(
  { configs, env }: CollectorSide,
  spansPerSecond: number,
  { warmUpMillis, millis }: { warmUpMillis: number; millis: number },
): Promise<CollectorRun> {
  const sink = createServer((request, response) => {
    request.resume().once('end', () => response.end());
  });
  await once(sink.listen(0, '127.0.0.1'), 'listening');
  const { port } = sink.address() as AddressInfo;
  const collector = await startCollector({
    configs: [CONFIGURATION, ...configs],
    env: { ...env, MEMORY_LIMIT_MIB: '4096', OTLP_EXPORT_ENDPOINT: `http://127.0.0.1:${port}` },
  });
  try {
    await sendSpans(collector.otlpHttp, spansPerSecond, warmUpMillis);
    const before = cpuSeconds(collector);
    const start = performance.now();
    const sending = sendSpans(collector.otlpHttp, spansPerSecond, millis);
    const mebibytes = await mostMebibytes(collector, sending);
    const spans = await sending;
    return {
      spansPerSecond: (1000 * spans) / (performance.now() - start),
      cpuMicros: (1e6 * (cpuSeconds(collector) - before)) / spans,
      mebibytes,
    };
  } finally {
    await collector.stop('SIGKILL');
    sink.close();
    sink.closeAllConnections();
  }
}

async function mostMebibytes(collector: Collector, until: Promise<unknown>): Promise<number> {
  let most = 0;
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  until.then(end, end);
  while (!isOver) {
    await sleep(SAMPLE_MILLIS);
    most = Math.max(most, residentMebibytes(collector));
  }
  return most;
}

/** User and system time: the 14th and 15th field, counted from behind the name in brackets. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function cpuSeconds({ pid }: Collector): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function residentMebibytes({ pid }: Collector): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}
