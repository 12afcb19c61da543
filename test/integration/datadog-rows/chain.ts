import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Intake, type Received } from '../names/intake.ts';
import { ourSide, theirSide } from '../names/rows.ts';
import { REGISTER, ROOT, type Run, runNode } from '../run-node.ts';
import { spanCount } from './routes.ts';

const HOP = join(import.meta.dirname, '../fixtures/hop.cjs');
const OPENTELEMETRY = join(ROOT, 'demo/services/opentelemetry.cjs');
const ARRIVAL_TRIES = 800;

/** What traces a service: our preload, OpenTelemetry's NodeSDK with nothing of ours or Datadog's, or dd-trace. */
export type Kind = 'ours' | 'plain' | 'datadog';

const ENV: Readonly<Record<Kind, Record<string, string>>> = {
  ours: { NODE_OPTIONS: `--require ${REGISTER}`, ...ourSide('v0').env },
  plain: { NODE_OPTIONS: `--require ${OPENTELEMETRY}`, OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
  datadog: { NODE_OPTIONS: '--require dd-trace/init', ...theirSide('v0').env },
};

/** What services of these kinds, of which each calls the next one, sent to their Agents of one request to the first. */
export async function sentOfChain(kinds: readonly Kind[]): Promise<Received[]> {
  const agent = await Intake.start();
  const services: Run[] = [];
  try {
    let next: string | undefined;
    for (const kind of kinds.toReversed()) {
      const env = {
        DD_SERVICE: kind,
        OTEL_SERVICE_NAME: kind,
        DD_TRACE_AGENT_URL: agent.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: agent.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_BSP_SCHEDULE_DELAY: '50',
        ...(next && { NEXT: next }),
        ...ENV[kind],
      };
      const service = runNode([HOP], { env });
      services.push(service);
      next = await service.printed(/http:\S+/);
    }
    await (await fetch(`${next}/`)).text();
    // Each has a span for the request to it, and all but the last one for its own.
    const isDatadogLast = kinds.at(-1) === 'datadog';
    const expected = (kinds.length - 1) * 2 - (isDatadogLast ? 0 : 1);
    const otlp = () => agent.requests.filter(({ format }) => format === 'otlp');
    const hasCome = () => spanCount(otlp()) === expected && agent.requests.some(({ format }) => format === 'v0.4');
    for (let tries = 0; tries < ARRIVAL_TRIES && !hasCome(); tries++) await sleep(25);
    return agent.requests;
  } finally {
    for (const { child, end } of services) {
      child.kill('SIGTERM');
      await end;
    }
    agent.close();
  }
}
