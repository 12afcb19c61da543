import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Receiver } from '../../demo/receiver.ts';
import type { Span } from '../../demo/span.ts';
import { QUIET_TRACER } from '../peers/dd-trace-js/remote-parent.ts';
import { REGISTER, ROOT, type Run, runNode } from './run-node.ts';

const HOP = join(import.meta.dirname, 'fixtures/hop.cjs');
const BRIDGE = join(ROOT, 'dist/index.js');
const OPENTELEMETRY = join(ROOT, 'demo/services/opentelemetry.cjs');
const REQUESTS = 40;
const ARRIVAL_TRIES = 200;

type Environment = Record<string, string>;

let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.start();
});
afterAll(() => receiver.close());

const UNLIMITED = { DD_TRACE_RATE_LIMIT: '-1' };

/** Under our preload. */
const bridged = (env: Environment = {}): Environment => ({
  NODE_OPTIONS: `--require ${REGISTER}`,
  OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
  OTEL_BSP_SCHEDULE_DELAY: '50',
  ...UNLIMITED,
  ...env,
});

const datadog = (env: Environment = {}): Environment => ({
  ...QUIET_TRACER,
  NODE_OPTIONS: '--require dd-trace/init',
  OTEL_TRACES_EXPORTER: 'otlp',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.endpoint}/v1/traces`,
  ...UNLIMITED,
  ...env,
});

/** OpenTelemetry's NodeSDK and nothing of Datadog's. */
const plain = (env: Environment = {}): Environment => ({
  NODE_OPTIONS: `--require ${OPENTELEMETRY}`,
  OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
  OTEL_BSP_SCHEDULE_DELAY: '50',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
  ...env,
});

interface Traversal {
  readonly received: readonly Record<string, string>[];
  readonly traceId: string;
}

/** Sends requests through the services, the first of which gets no context, and ends them. */
async function traverse(environments: readonly Environment[], path: string) {
  const spans = receiver.begin();
  const services: Run[] = [];
  let next: string | undefined;
  for (const [index, env] of [...environments.entries()].reverse()) {
    const service = `service-${index}`;
    const run = runNode([HOP], {
      env: { DD_SERVICE: service, OTEL_SERVICE_NAME: service, ...(next && { NEXT: next }), ...env },
    });
    next = await run.printed(/http:\S+/);
    services.push(run);
  }
  const traversals: Traversal[] = [];
  for (let request = 0; request < REQUESTS; request += 1) {
    const received = (await (await fetch(next + path)).json()) as Record<string, string>[];
    traversals.push({ received, traceId: received[1]?.traceparent?.split('-')[1] ?? '' });
  }
  for (let tries = 0; tries < ARRIVAL_TRIES && !allHaveArrived(spans, traversals, environments.length); tries += 1) {
    await sleep(25);
  }
  for (const { child, end } of services) {
    child.kill('SIGTERM');
    await end;
  }
  return { spans, traversals };
}

/** Of the kept traces; of the dropped ones nothing is to come. */
function allHaveArrived(spans: readonly Span[], traversals: readonly Traversal[], services: number): boolean {
  return traversals.every(({ received, traceId }) => {
    const kept = Number(received.at(-1)?.['x-datadog-sampling-priority']) > 0;
    return !kept || servicesThatKeep(spans, traceId).length === services;
  });
}

/** The services from which Datadog would keep spans of the trace. */
function servicesThatKeep(spans: readonly Span[], traceId: string): string[] {
  const kept = spans.filter(({ attributes, ...span }) => {
    const priority = attributes['sampling.priority'] ?? attributes._sampling_priority_v1 ?? 1;
    return span.traceId === traceId && Number(priority) > 0;
  });
  return [...new Set(kept.map(({ service }) => service))].sort();
}

/** The first of them keeps what it would drop. */
const keptBy = (env: Environment) => [
  bridged({ DD_TRACE_SAMPLE_RATE: '0', KEPT_PATH: '/kept', ...env }),
  datadog(),
  bridged({ DD_TRACE_SAMPLE_RATE: '0' }),
];

test.each<[name: string, services: () => Environment[], path: string, kept: 'some' | 'all']>([
  [
    'OpenTelemetry at half, dd-trace, OpenTelemetry',
    () => [bridged({ DD_TRACE_SAMPLE_RATE: '0.5' }), datadog(), bridged()],
    '/',
    'some',
  ],
  [
    'OpenTelemetry by its own sampler at half, dd-trace, OpenTelemetry',
    () => [
      plain({ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' }),
      datadog(),
      bridged({ DD_TRACE_SAMPLE_RATE: '0' }),
    ],
    '/',
    'some',
  ],
  [
    'dd-trace at half, OpenTelemetry at none, dd-trace at none',
    () => [
      datadog({ DD_TRACE_SAMPLE_RATE: '0.5' }),
      bridged({ DD_TRACE_SAMPLE_RATE: '0' }),
      datadog({ DD_TRACE_SAMPLE_RATE: '0' }),
    ],
    '/',
    'some',
  ],
  ['OpenTelemetry at none, kept by an attribute, dd-trace, OpenTelemetry at none', () => keptBy({}), '/kept', 'all'],
  [
    'OpenTelemetry at none, kept by setSamplingPriority(), dd-trace, OpenTelemetry at none',
    () => keptBy({ BRIDGE }),
    '/kept',
    'all',
  ],
])('%s: no trace has a hole', async (_name, services, path, expected) => {
  const { spans, traversals } = await traverse(services(), path);

  let kept = 0;
  for (const { received, traceId } of traversals) {
    const by = servicesThatKeep(spans, traceId);
    const all = ['service-0', 'service-1', 'service-2'];
    const priority = Number(received.at(-1)?.['x-datadog-sampling-priority']);
    expect({ traceId, priority, by }).toEqual({ traceId, priority, by: priority > 0 ? all : [] });
    if (priority > 0) kept += 1;
  }
  expect(traversals).toHaveLength(REQUESTS);
  if (expected === 'all') expect(kept).toBe(REQUESTS);
  else expect([0, REQUESTS]).not.toContain(kept);
});
