import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultTextMapGetter, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DatadogPropagator, DatadogSampler, DatadogSpanProcessor } from '../../src/index.ts';
import {
  BUILD_MILLIS,
  COLLECTOR,
  type Collector,
  collectorIfBuilt,
  DISTRIBUTIONS,
  type Distribution,
  freePorts,
  missingToolchain,
  startCollector,
} from '../peers/collector/collector.ts';
import { accountOfAgent, builtAgent } from '../peers/datadog-agent/datadog-agent.ts';
import {
  missingToolchain as missingPython,
  type SentSpan,
  sendByPython,
} from '../peers/opentelemetry-python/opentelemetry-python.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { FROM_DATADOG } from '../unit/from-datadog.ts';
import { type ReceivedSpan, ReceivedSpans, type ReceivedValue } from './collector/received-spans.ts';
import { sendByJavascript } from './collector/send-by-javascript.ts';
import { REGISTER, runNode } from './run-node.ts';

interface Case {
  readonly name: string;
  /** Of the trace's id; one of its own where there is none. */
  readonly upperHalf?: string;
  /** Each of a service of its own, with a remote parent. `out`: what the Collector adds or changes, but for the upper half of the id. */
  readonly spans: readonly {
    readonly tracestate?: string;
    readonly attributes?: Readonly<Record<string, string | number | boolean>>;
    readonly out?: Readonly<Record<string, ReceivedValue>>;
  }[];
  readonly decision: 'kept' | 'dropped' | 'undecided';
}

const CASES: Case[] = JSON.parse(readFileSync(join(import.meta.dirname, 'collector/cases.json'), 'utf8'));
const ONE_BOX = join(COLLECTOR, '../otel-config.yaml');
const IN_JSON = 'yaml:exporters::otlp_http::encoding: json';
const RATES = [0, 100];
const PARENT = '00f067aa0ba902b7';
const UPPER_HALF = 'a1b2c3d4e5f60718';
const LAST = 'last';
/** The older Collector with Datadog's exporter, too, where it has been built. */
const BUILT = DISTRIBUTIONS.filter((name) => name === 'slim' || collectorIfBuilt(name) !== undefined);

interface Running {
  readonly backend: ReceivedSpans;
  readonly collector: Collector;
}

async function startOneBox(
  distribution: Distribution,
  env: Record<string, string> = {},
  more: readonly string[] = [],
): Promise<Running> {
  const backend = await ReceivedSpans.start();
  const collector = await startCollector({
    configs: [ONE_BOX, ...more, IN_JSON],
    distribution,
    env: { OTLP_EXPORT_ENDPOINT: backend.url, DECISION_WAIT: '1s', ...env },
  });
  return { backend, collector };
}

async function stop({ backend, collector }: Running): Promise<void> {
  await collector.stop();
  backend.close();
}

/** The trace ids of two senders and of two cases differ in the lower half. */
function traceIdOf(sender: number, index: number, upperHalf = UPPER_HALF): string {
  return upperHalf + (sender * 1_000_000 + index + 1).toString(16).padStart(16, '0');
}

/** As Datadog's tracers make them: seconds, zeros, and 64 bits that look random, as they must for the share to be one. */
function datadogTraceId(index: number): string {
  return `6b0305aa00000000${createHash('sha256').update(String(index)).digest('hex').slice(0, 16)}`;
}

function spansOf(sender: number): SentSpan[] {
  return CASES.flatMap(({ name, upperHalf, spans }, index) =>
    spans.map(({ tracestate, attributes = {} }, service) => ({
      name: `${name} ${service}`,
      service: `service ${service}`,
      headers: {
        traceparent: `00-${traceIdOf(sender, index, upperHalf)}-${PARENT}-01`,
        ...(tracestate !== undefined && { tracestate }),
      },
      attributes,
    })),
  );
}

/** One that is kept and that the Collector decides on after all that were sent before. */
const LAST_SPAN: SentSpan = {
  name: LAST,
  service: LAST,
  headers: { traceparent: `00-${traceIdOf(9, 0)}-${PARENT}-01` },
  attributes: { 'sampling.priority': 1 },
};

function expectedSpans({ name, upperHalf, spans, decision }: Case, traceId: string, rate: number) {
  if (decision === 'dropped' || (decision === 'undecided' && rate === 0)) return [];
  return spans.map(({ tracestate = '', attributes, out }, service) => ({
    service: `service ${service}`,
    name: `${name} ${service}`,
    traceId,
    parentSpanId: PARENT,
    traceState: tracestate,
    attributes: { ...attributes, ...out, ...(upperHalf === undefined && { '_dd.p.tid': UPPER_HALF }) },
  }));
}

function facts({ json, ...facts }: ReceivedSpan) {
  return facts;
}

/** A span's JSON without what says nothing, numbers as text, as either side may write them. */
function said(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(said);
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).filter(([, inner]) => !['', '0', 'false', 'null'].includes(String(inner)));
  return Object.fromEntries(entries.map(([key, inner]) => [key, said(inner)]));
}

function saidBySpanId(spans: readonly ReceivedSpan[]) {
  return new Map(
    spans.toSorted((a, b) => a.json.spanId.localeCompare(b.json.spanId)).map(({ json }) => [json.spanId, said(json)]),
  );
}

for (const distribution of BUILT)
  describeWithToolchain(`the one-box Collector, ${distribution}`, missingToolchain() ?? missingPython(), () => {
    const running = new Map<number, Running>();
    const SENDERS = [
      { sdk: 'JavaScript', send: (to: Collector, spans: SentSpan[]) => sendByJavascript(to.otlpHttp, spans) },
      { sdk: 'Python', send: (to: Collector, spans: SentSpan[]) => sendByPython(to.otlpGrpc, spans) },
    ];

    beforeAll(async () => {
      await builtAgent();
      for (const rate of RATES) {
        const oneBox = await startOneBox(distribution, { SAMPLING_PERCENTAGE: String(rate) });
        running.set(rate, oneBox);
        for (const [sender, { send }] of SENDERS.entries()) await send(oneBox.collector, spansOf(sender));
      }
      for (const { backend, collector } of running.values()) {
        await sendByJavascript(collector.otlpHttp, [LAST_SPAN]);
        await backend.until(LAST);
        // What was decided on before may still be underway.
        await collector.stop();
      }
    }, BUILD_MILLIS);

    afterAll(async () => {
      await Promise.all([...running.values()].map(stop));
    });

    for (const rate of RATES) {
      for (const [sender, { sdk }] of SENDERS.entries()) {
        test.each(CASES.map((row, index) => ({ ...row, index })))(`$name: $decision, by ${sdk}, ${rate}%`, (row) => {
          const traceId = traceIdOf(sender, row.index, row.upperHalf);
          const spans = running.get(rate)?.backend.spans.filter((span) => span.traceId === traceId) ?? [];
          spans.sort((a, b) => a.name.localeCompare(b.name));
          expect(spans.map(facts)).toEqual(expectedSpans(row, traceId, rate));
        });
      }
    }

    test.each(RATES)('what is sent on at %s% is what the Agent keeps', async (rate) => {
      const { backend } = running.get(rate) as Running;
      const accounts = await Promise.all(backend.requests.map((request) => accountOfAgent(request)));
      const kept = accounts.flatMap(({ kept }) => kept.map(({ traceId }) => traceId));
      // The Agent's ids are the lower halves.
      const sent = backend.spans.map(({ traceId }) => String(BigInt(`0x${traceId.slice(16)}`)));
      expect(kept.toSorted()).toEqual(sent.toSorted());
    });

    describe('what this package exports passes through as it is', () => {
      let oneBox: Running;
      let exported: ReceivedSpans;

      beforeAll(async () => {
        oneBox = await startOneBox(distribution);
        exported = await ReceivedSpans.start(oneBox.collector.otlpHttp);
      });
      afterAll(async () => {
        exported.close();
        await stop(oneBox);
      });

      test('under the preload', async () => {
        exported.spans.length = 0;
        const application = runNode([join(import.meta.dirname, 'fixtures/server.cjs')], {
          env: {
            NODE_OPTIONS: `--require ${REGISTER}`,
            OTEL_EXPORTER_OTLP_ENDPOINT: exported.url,
            OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
            OTEL_BSP_SCHEDULE_DELAY: '50',
          },
        });
        const url = await application.printed(/http:\S+/);
        await fetch(`${url}/front`, { headers: FROM_DATADOG });
        await fetch(`${url}/front`);
        application.child.kill('SIGTERM');
        await application.end;
        await passedThrough(10);
      });

      test('by DatadogSpanProcessor in an SDK of the application', async () => {
        exported.spans.length = 0;
        const propagator = new DatadogPropagator({ env: {} });
        const provider = new BasicTracerProvider({
          sampler: new DatadogSampler({ env: {} }),
          spanProcessors: [
            new DatadogSpanProcessor({ env: {}, operationNames: 'v0' }),
            new BatchSpanProcessor(new OTLPTraceExporter({ url: `${exported.url}/v1/traces` })),
          ],
        });
        const tracer = provider.getTracer('application');
        const HEADERS: Record<string, string>[] = [
          {},
          FROM_DATADOG,
          { traceparent: `00-${traceIdOf(5, 1)}-${PARENT}-01`, tracestate: 'foo=1,dd=s:2;o:a~b;t.dm:-4' },
          { traceparent: `00-${traceIdOf(5, 2)}-${PARENT}-01`, tracestate: 'ot=th:8,dd=s:1' },
          { traceparent: `00-${traceIdOf(5, 3, '0000000000000000')}-${PARENT}-01`, tracestate: 'dd=s:2' },
          { 'x-datadog-trace-id': '123456789', 'x-datadog-parent-id': '7', 'x-datadog-sampling-priority': '1' },
          { 'x-datadog-trace-id': '1234567', 'x-datadog-parent-id': '7', 'x-datadog-origin': 'a~b=c' },
        ];
        for (const headers of HEADERS) {
          const parent = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
          const entry = tracer.startSpan(
            'entry',
            { kind: SpanKind.SERVER, attributes: { n: 1, d: 1.5, b: true } },
            parent,
          );
          tracer.startSpan('inner', {}, trace.setSpan(parent, entry)).end();
          entry.end();
        }
        await provider.shutdown();
        await passedThrough(2 * HEADERS.length);
      });

      async function passedThrough(count: number): Promise<void> {
        const sent = saidBySpanId(exported.spans);
        expect(sent.size).toBe(count);
        for (const { name } of exported.spans) await oneBox.backend.until(name);
        await sendByJavascript(oneBox.collector.otlpHttp, [{ ...LAST_SPAN, name: `after ${count}` }]);
        await oneBox.backend.until(`after ${count}`);
        const arrived = oneBox.backend.spans.filter(({ json }) => sent.has(json.spanId));
        expect(saidBySpanId(arrived)).toEqual(sent);
      }
    });

    test('spans of the Datadog receiver, for which OTLP stands in, get their Datadog names and one decision', async () => {
      const [port] = await freePorts(1);
      const file = readFileSync(join(COLLECTOR, 'datadog-receiver.yaml'), 'utf8');
      const standIn = file
        .replace(
          /^ {2}datadog:\n(?: {4}.*\n)+/m,
          `  otlp/datadog: {protocols: {http: {endpoint: "127.0.0.1:${port}"}}}\n`,
        )
        .replace('[otlp, datadog]', '[otlp, otlp/datadog]');
      const oneBox = await startOneBox(distribution, {}, [`yaml:${standIn}`]);
      const headers = { traceparent: `00-${traceIdOf(8, 0)}-${PARENT}-01` };
      const named = { 'dd.span.Resource': 'GET /orders' };
      await sendByJavascript(`http://127.0.0.1:${port}`, [
        {
          name: 'web.request',
          service: 'orders',
          headers,
          attributes: { ...named, 'sampling.priority': '2.000000', _sampling_priority_v1: 2, '_dd.p.tid': UPPER_HALF },
        },
        { name: 'express.middleware', service: 'orders', headers, attributes: { 'dd.span.Resource': 'auth' } },
      ]);
      await stop(oneBox);
      const sent = { '_dd.p.tid': UPPER_HALF };
      expect(oneBox.backend.spans.map(({ name, attributes }) => ({ name, attributes }))).toEqual([
        {
          name: 'web.request',
          attributes: {
            ...sent,
            ...named,
            'sampling.priority': 2,
            _sampling_priority_v1: 2,
            'operation.name': 'web.request',
            'resource.name': 'GET /orders',
          },
        },
        {
          name: 'express.middleware',
          attributes: {
            ...sent,
            'dd.span.Resource': 'auth',
            'sampling.priority': 1,
            'operation.name': 'express.middleware',
            'resource.name': 'auth',
          },
        },
      ]);
    });

    test('of undecided traces the share is kept', async () => {
      const quarter = await startOneBox(distribution, { SAMPLING_PERCENTAGE: '25' });
      const spans = Array.from({ length: 2000 }, (_, index) => ({
        name: 'undecided',
        service: 'service',
        headers: { traceparent: `00-${datadogTraceId(index)}-${PARENT}-01` },
        attributes: {},
      }));
      await sendByJavascript(quarter.collector.otlpHttp, spans);
      await stop(quarter);
      // 500 and five standard deviations around it.
      expect(Math.abs(quarter.backend.spans.length - 500)).toBeLessThan(5 * Math.sqrt(2000 * 0.25 * 0.75));
    });
  });
