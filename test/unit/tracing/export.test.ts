import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BatchExport } from '../../../src/tracing/export.ts';

const QUEUE = 100;
const BATCH = 10;

let warnings: string[];
beforeEach(() => {
  vi.useFakeTimers();
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const span = () =>
  ({ spanContext: () => ({ traceFlags: TraceFlags.SAMPLED }), resource: {} }) as unknown as ReadableSpan;

type Done = Parameters<SpanExporter['export']>[1];

function started() {
  const requests: { spans: number; done: Done }[] = [];
  const exporter = {
    export: (spans: ReadableSpan[], done: Done) => void requests.push({ spans: spans.length, done }),
    shutdown: async () => {},
  };
  const batchExport = new BatchExport({
    exporter,
    lastExporter: exporter,
    url: 'http://agent',
    buffer: { maxQueueSize: QUEUE, maxExportBatchSize: BATCH, scheduledDelayMillis: 1000, exportTimeoutMillis: 30_000 },
  });
  const held = () => requests.reduce((sum, { spans }) => sum + spans, 0);
  return { batchExport, requests, held };
}

test('where nobody answers no more is held than the queue and the batch that is underway, and the rest is counted', async () => {
  const { batchExport, requests, held } = started();
  for (let count = 0; count < 1000; count++) batchExport.onEnd(span());
  expect(requests).toHaveLength(1);
  const flushed = batchExport.flushLast();
  expect(held()).toBe(QUEUE + BATCH);
  await vi.advanceTimersByTimeAsync(0);
  batchExport.giveUp();
  expect(warnings).toEqual([
    expect.stringContaining(
      'more than 100 spans (OTEL_BSP_MAX_QUEUE_SIZE) wait to leave for http://agent; 1 lost so far',
    ),
    '999 more spans did not reach http://agent',
  ]);
  for (const { done } of requests) done({ code: 1 });
  await flushed;
});

test('what ends during the last flush leaves with it, and what ends after that is counted when the process ends', async () => {
  const { batchExport, requests } = started();
  batchExport.onEnd(span());
  const flushed = batchExport.flushLast();
  batchExport.onEnd(span());
  requests[0]?.done({ code: 0 });
  await vi.advanceTimersByTimeAsync(0);
  expect(requests).toHaveLength(2);
  batchExport.onEnd(span());
  requests[1]?.done({ code: 0 });
  await flushed;
  expect(requests).toHaveLength(2);
  batchExport.end();
  expect(warnings).toEqual([expect.stringContaining('before the process ends; 1 lost so far')]);
});

test('what has left and not arrived when the process ends is counted, once', async () => {
  const { batchExport, requests } = started();
  batchExport.onEnd(span());
  await vi.advanceTimersByTimeAsync(1000);
  expect(requests).toHaveLength(1);
  batchExport.end();
  requests[0]?.done({ code: 1 });
  batchExport.end();
  expect(warnings).toEqual([expect.stringContaining('before the process ends; 1 lost so far')]);
});
