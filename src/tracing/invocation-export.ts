import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { LossReport, reasonOf } from './loss-report';
import { NoAnswer, type SendSpans } from './otlp-request';

/** Where nobody answers, one flush in this time waits for an answer. */
const PROBE_INTERVAL_MILLIS = 60_000;

export interface InvocationExportOptions {
  readonly send: SendSpans;
  /** Where `send` sends, for the warnings. */
  readonly url: string;
  /** Of the spans that may wait, those past it are lost. */
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
  /** What a flush may wait. */
  readonly flushTimeoutMillis: number;
  /** Asked when a span leaves: since it ended, its trace may have been dropped. Default: all are. */
  readonly isExported?: ((span: ReadableSpan) => boolean) | undefined;
}

/**
 * Exports when it is told to and never by itself, since a function is frozen when it has answered. A flush that waited in vain is the
 * last for a minute that waits: until then spans are kept, as many as the queue holds, and leave with the flush that tries again.
 */
export class InvocationExport implements SpanProcessor {
  readonly #options: InvocationExportOptions;
  readonly #losses: LossReport;
  #waiting: ReadableSpan[] = [];
  /** Requests that are underway, with the number of their spans. */
  readonly #underway = new Map<Promise<void>, number>();
  /** Until then (`performance.now()`) nothing is sent; `undefined` where the last flush was not in vain. */
  #quietUntil: number | undefined;
  #answered = false;

  constructor(options: InvocationExportOptions) {
    this.#options = options;
    this.#losses = new LossReport(options.url);
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    const { url, maxQueueSize, maxExportBatchSize } = this.#options;
    if (this.#waiting.length >= maxQueueSize) {
      this.#losses.lost(1, `more than ${maxQueueSize} spans (OTEL_BSP_MAX_QUEUE_SIZE) wait to leave for ${url}`);
      return;
    }
    this.#waiting.push(span);
    if (this.#waiting.length >= maxExportBatchSize && this.#quietUntil === undefined) this.#sendWaiting();
  }

  /** Resolves when everything has arrived, after `flushTimeoutMillis`, or after `limitMillis` where that is less. Never rejects. */
  async forceFlush(limitMillis: number = Number.POSITIVE_INFINITY): Promise<void> {
    if (this.#quietUntil !== undefined && performance.now() < this.#quietUntil) return;
    this.#quietUntil = undefined;
    this.#sendWaiting();
    if (this.#underway.size === 0) return;
    const { flushTimeoutMillis } = this.#options;
    const inTime = await settlesWithin(
      Promise.all(this.#underway.keys()),
      Math.max(0, Math.min(limitMillis, flushTimeoutMillis)),
    );
    if (!inTime && limitMillis >= flushTimeoutMillis) this.#beQuiet();
  }

  /** The flush before the process ends. */
  async flushLast(): Promise<void> {
    await this.forceFlush();
    const kept = this.#waiting.splice(0).length;
    if (kept > 0) this.#losses.lost(kept, `nobody answers at ${this.#options.url}`);
    this.#losses.end();
  }

  /** Counts as lost what is still underway, since nobody waits for it any longer. */
  giveUp(): void {
    const count = [...this.#underway.values()].reduce((sum, spans) => sum + spans, 0);
    this.#underway.clear();
    if (count > 0) this.#losses.lost(count, `spans do not reach ${this.#options.url} before the process ends`);
    this.#losses.end();
  }

  shutdown(): Promise<void> {
    return this.flushLast();
  }

  #sendWaiting(): void {
    const { maxExportBatchSize, isExported } = this.#options;
    while (this.#waiting.length > 0) {
      const ended = this.#waiting.splice(0, maxExportBatchSize);
      const spans = isExported === undefined ? ended : ended.filter(isExported);
      if (spans.length === 0) continue;
      const settled = this.#send(spans).finally(() => this.#underway.delete(settled));
      this.#underway.set(settled, spans.length);
    }
  }

  async #send(spans: ReadableSpan[]): Promise<void> {
    const { send, url } = this.#options;
    try {
      await send(spans);
      this.#losses.delivered();
      // The first request of a small sandbox may be late for want of a processor.
      if (!this.#answered) this.#quietUntil = undefined;
      this.#answered = true;
    } catch (error) {
      this.#losses.lost(spans.length, `spans do not reach ${url}: ${reasonOf(error as Error)}`);
      if (error instanceof NoAnswer) this.#beQuiet();
    }
  }

  #beQuiet(): void {
    this.#quietUntil ??= performance.now() + PROBE_INTERVAL_MILLIS;
  }
}

/** Whether the promise, which never rejects, settles in time; until then the process is kept alive. */
async function settlesWithin(promise: Promise<unknown>, millis: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), millis).ref();
  });
  const inTime = await Promise.race([promise.then(() => true), timeout]);
  clearTimeout(timer);
  return inTime;
}
