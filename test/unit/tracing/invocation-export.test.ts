import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { InvocationExport, type InvocationExportOptions } from '../../../src/tracing/invocation-export.ts';
import { NoAnswer } from '../../../src/tracing/no-answer.ts';

const FLUSH_MILLIS = 300;
const MINUTE = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const span = (traceFlags = TraceFlags.SAMPLED) => ({ spanContext: () => ({ traceFlags }) }) as unknown as ReadableSpan;

/** An export whose requests are settled by the test. */
function started(options: Partial<InvocationExportOptions> = {}) {
  const requests: { spans: ReadableSpan[]; leave(): void; answer(): void; fail(error: Error): void }[] = [];
  const invocationExport = new InvocationExport({
    url: 'http://127.0.0.1:4318/v1/traces',
    maxQueueSize: 2048,
    maxExportBatchSize: 512,
    flushTimeoutMillis: FLUSH_MILLIS,
    flushUntil: 'answered',
    send: (spans, left) =>
      new Promise((resolve, reject) => {
        requests.push({ spans, leave: left, answer: resolve, fail: reject });
      }),
    ...options,
  });
  /** Of one span more. */
  const flush = () => {
    invocationExport.onEnd(span());
    return invocationExport.forceFlush();
  };
  return { invocationExport, requests, flush };
}

/** Whether it is over without any time going by. */
async function isOver(promise: Promise<void>): Promise<boolean> {
  let over = false;
  void promise.then(() => {
    over = true;
  });
  await new Promise(setImmediate);
  return over;
}

test('a flush is over when its spans have arrived', async () => {
  const { invocationExport, requests } = started();
  invocationExport.onEnd(span());
  invocationExport.onEnd(span(TraceFlags.NONE));
  const flushed = invocationExport.forceFlush();
  expect(await isOver(flushed)).toBe(false);
  expect(requests.map(({ spans }) => spans.length)).toEqual([1]);
  requests[0]?.answer();
  expect(await isOver(flushed)).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test('one flush in a minute waits where nobody answers, and at most as long as it may', async () => {
  const { requests, flush } = started();
  const first = flush();
  await vi.advanceTimersByTimeAsync(FLUSH_MILLIS - 1);
  expect(await isOver(first)).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await isOver(first)).toBe(true);
  for (let count = 0; count < 10; count++) expect(await isOver(flush())).toBe(true);
  expect(requests).toHaveLength(1);

  requests[0]?.fail(new NoAnswer('no answer in 10000 ms'));
  await vi.advanceTimersByTimeAsync(MINUTE);
  const probe = flush();
  expect(await isOver(probe)).toBe(false);
  expect(requests[1]?.spans).toHaveLength(11);
  await vi.advanceTimersByTimeAsync(FLUSH_MILLIS);
  expect(await isOver(probe)).toBe(true);
  expect(await isOver(flush())).toBe(true);
  expect(requests).toHaveLength(2);

  requests[1]?.fail(new NoAnswer('no answer in 10000 ms'));
  await vi.advanceTimersByTimeAsync(MINUTE);
  const answered = flush();
  expect(requests[2]?.spans).toHaveLength(2);
  requests[2]?.answer();
  expect(await isOver(answered)).toBe(true);
  expect(await isOver(flush())).toBe(false);
  expect(requests).toHaveLength(4);
});

test('who answers late is waited for again after the first time, and then no more', async () => {
  const { invocationExport, requests } = started();
  for (const waits of [true, true, false]) {
    invocationExport.onEnd(span());
    const flushed = invocationExport.forceFlush();
    expect(await isOver(flushed)).toBe(!waits);
    await vi.advanceTimersByTimeAsync(FLUSH_MILLIS);
    expect(await isOver(flushed)).toBe(true);
    requests.at(-1)?.answer();
    await new Promise(setImmediate);
  }
  expect(requests).toHaveLength(2);
});

test('a refusal is an answer, and where nobody listens no flush is tried for a minute', async () => {
  const { invocationExport, requests } = started();
  for (const [error, sent] of [
    [new Error('400 Bad Request'), 1],
    [new NoAnswer('connect ECONNREFUSED'), 2],
    [new Error('unused'), 2],
  ] as const) {
    invocationExport.onEnd(span());
    const flushed = invocationExport.forceFlush();
    expect(requests).toHaveLength(sent);
    requests.at(-1)?.fail(error);
    expect(await isOver(flushed)).toBe(true);
  }
});

test('a flush that may wait for less than its time does not count as one in vain', async () => {
  const { invocationExport, requests } = started();
  invocationExport.onEnd(span());
  const flushed = invocationExport.forceFlush(-50);
  await vi.advanceTimersByTimeAsync(1);
  expect(await isOver(flushed)).toBe(true);
  requests[0]?.answer();
  invocationExport.onEnd(span());
  expect(await isOver(invocationExport.forceFlush())).toBe(false);
  expect(requests).toHaveLength(2);
});

test('a full batch leaves before the flush, and what the queue cannot hold is lost and counted', async () => {
  const { invocationExport, requests } = started({ maxExportBatchSize: 2, maxQueueSize: 3 });
  for (let count = 0; count < 3; count++) invocationExport.onEnd(span());
  expect(requests.map(({ spans }) => spans.length)).toEqual([2]);
  requests[0]?.fail(new NoAnswer('connect ECONNREFUSED'));
  await new Promise(setImmediate);
  for (let count = 0; count < 3; count++) invocationExport.onEnd(span());
  expect(requests).toHaveLength(1);
  await invocationExport.flushLast();
  expect(vi.mocked(process.emitWarning).mock.calls.map(([text]) => text)).toEqual([
    'spans do not reach http://127.0.0.1:4318/v1/traces: connect ECONNREFUSED; 2 lost so far. The application is not affected.',
    '4 more spans did not reach http://127.0.0.1:4318/v1/traces',
  ]);
});

test('where nobody answers no more is underway at a time than the queue may hold, and what waits then leaves with the same flush', async () => {
  const { invocationExport, requests } = started({ maxExportBatchSize: 10, maxQueueSize: 100 });
  for (let count = 0; count < 1000; count++) invocationExport.onEnd(span());
  expect(requests).toHaveLength(10);
  const flushed = invocationExport.forceFlush();
  for (const { answer } of requests) answer();
  await new Promise(setImmediate);
  expect(requests).toHaveLength(20);
  for (const { answer } of requests) answer();
  expect(await isOver(flushed)).toBe(true);
  expect(vi.mocked(process.emitWarning).mock.calls).toHaveLength(2);
});

test('while nobody waits for an answer a batch is sent every ten seconds, and one that is answered at once ends that time', async () => {
  const { invocationExport, requests } = started({ maxExportBatchSize: 2 });
  invocationExport.onEnd(span());
  const flushed = invocationExport.forceFlush();
  requests[0]?.fail(new NoAnswer('connect ECONNREFUSED'));
  await flushed;
  for (let second = 0; second < 30; second++) {
    invocationExport.onEnd(span());
    expect(await isOver(invocationExport.forceFlush())).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(requests.map(({ spans }) => spans.length)).toEqual([1, 2, 2]);
  await invocationExport.forceFlush();
  requests[3]?.answer();
  await new Promise(setImmediate);
  invocationExport.onEnd(span());
  expect(await isOver(invocationExport.forceFlush())).toBe(false);
});

test('what has left and not arrived when the process ends is counted, once', async () => {
  const { invocationExport, requests } = started();
  invocationExport.onEnd(span());
  const flushed = invocationExport.forceFlush();
  vi.advanceTimersByTime(FLUSH_MILLIS);
  await flushed;
  invocationExport.onEnd(span());
  invocationExport.end();
  requests[0]?.fail(new NoAnswer('no answer'));
  await new Promise(setImmediate);
  invocationExport.end();
  expect(vi.mocked(process.emitWarning).mock.calls.map(([text]) => text)).toEqual([
    expect.stringContaining('; 2 lost so far'),
  ]);
});

test('a flush that waits until its spans have left waits for the answers to those before, and the last one for its own', async () => {
  const { invocationExport, requests, flush } = started({ flushUntil: 'sent' });
  const first = flush();
  expect(await isOver(first)).toBe(false);
  requests[0]?.leave();
  expect(await isOver(first)).toBe(true);
  const second = flush();
  requests[1]?.leave();
  expect(await isOver(second)).toBe(false);
  requests[0]?.answer();
  expect(await isOver(second)).toBe(true);
  const last = invocationExport.flushLast();
  expect(await isOver(last)).toBe(false);
  requests[1]?.answer();
  expect(await isOver(last)).toBe(true);
  expect(process.emitWarning).not.toHaveBeenCalled();
});

test('where nobody answers the second such flush is the one that waits, and what fails has left', async () => {
  const { requests, flush } = started({ flushUntil: 'sent' });
  const first = flush();
  requests[0]?.leave();
  expect(await isOver(first)).toBe(true);
  const second = flush();
  await vi.advanceTimersByTimeAsync(FLUSH_MILLIS);
  expect(await isOver(second)).toBe(true);
  expect(await isOver(flush())).toBe(true);
  expect(requests).toHaveLength(2);

  const failing = started({ flushUntil: 'sent' });
  const failed = failing.flush();
  failing.requests[0]?.fail(new NoAnswer('connect ECONNREFUSED'));
  expect(await isOver(failed)).toBe(true);
});

test('what the queue was too full to send leaves with such a flush too', async () => {
  const { invocationExport, requests } = started({ flushUntil: 'sent', maxExportBatchSize: 10, maxQueueSize: 20 });
  for (let count = 0; count < 40; count++) invocationExport.onEnd(span());
  expect(requests).toHaveLength(2);
  const flushed = invocationExport.forceFlush();
  for (const { leave, answer } of requests) {
    leave();
    answer();
  }
  expect(await isOver(flushed)).toBe(false);
  expect(requests).toHaveLength(4);
  for (const { leave } of requests) leave();
  expect(await isOver(flushed)).toBe(true);
});
