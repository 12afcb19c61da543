import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { describe, expect, test } from 'vitest';
import { BatchExport } from '../../../src/tracing/export.ts';
import { InvocationExport } from '../../../src/tracing/invocation-export.ts';
import { lastDecision, SampledSpanProcessor } from '../../../src/tracing/sampled-export.ts';
import { DatadogSampler } from '../../../src/tracing/sampler.ts';
import { DatadogSpanProcessor } from '../../../src/tracing/span-processor.ts';

const URL = 'http://127.0.0.1:1';

/** The two exports of the preload, whose spans wait until they are told to leave. */
const EXPORTS = {
  'in batches': (arrived: ReadableSpan[], isExported: (span: ReadableSpan) => boolean) => {
    const exporter = new InMemorySpanExporter();
    exporter.export = (spans, done) => {
      arrived.push(...spans);
      done({ code: 0 });
    };
    return new BatchExport({ url: URL, exporter, lastExporter: exporter, isExported, buffer: { maxQueueSize: 100 } });
  },
  'by invocation': (arrived: ReadableSpan[], isExported: (span: ReadableSpan) => boolean) =>
    new InvocationExport({
      url: URL,
      send: async (spans) => {
        arrived.push(...spans);
      },
      isExported,
      maxQueueSize: 100,
      maxExportBatchSize: 50,
      flushTimeoutMillis: 1000,
      flushUntil: 'answered',
    }),
};

describe.each(Object.keys(EXPORTS) as (keyof typeof EXPORTS)[])(
  'a decision by hand, of spans that wait to leave %s',
  (name) => {
    async function exported(priority: number, exportUnsampled: boolean) {
      const arrived: ReadableSpan[] = [];
      const next = EXPORTS[name](arrived, lastDecision(exportUnsampled));
      const provider = new NodeTracerProvider({
        sampler: new DatadogSampler({ env: {} }),
        spanProcessors: [new DatadogSpanProcessor(), new SampledSpanProcessor(next, { exportUnsampled })],
      });
      const tracer = provider.getTracer('test');
      tracer.startActiveSpan('other', (span) => span.end());
      const root = tracer.startSpan('root');
      tracer.startSpan('ended before', {}, trace.setSpan(ROOT_CONTEXT, root)).end();
      root.setAttribute('sampling.priority', priority);
      root.end();
      await next.forceFlush();
      return Object.fromEntries(arrived.map(({ name: span, attributes }) => [span, attributes['sampling.priority']]));
    }

    test('to drop takes them back', async () => {
      expect(await exported(0, false)).toEqual({ other: 1 });
    });

    test('to keep is on them', async () => {
      expect(await exported(1, false)).toEqual({ other: 1, 'ended before': 2, root: 2 });
    });

    test('to drop is on them where dropped ones are exported', async () => {
      expect(await exported(0, true)).toEqual({ other: 1, 'ended before': -1, root: -1 });
    });
  },
);
