import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-node';
import type { FlushUntil } from './flush-settings';
import { LossReport, reasonOf } from './loss-report';
import { NoAnswer } from './no-answer';
import type { SendSpans } from './otlp-request';

/** Where nobody answers, one flush in this time waits for an answer. */
const QUIET_MILLIS = 60_000;
/** In the meantime one flush in this time sends without waiting, so that an export that works again is soon in use. */
const PROBE_INTERVAL_MILLIS = 10_000;

export interface InvocationExportOptions {
  readonly send: SendSpans;
  /** Where `send` sends, for the warnings. */
  readonly url: string;
  /** Of the spans that may wait, those past it are lost. */
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
  /** What a flush may wait. */
  readonly flushTimeoutMillis: number;
  /** What it waits for; with `sent` it waits for the answers to what was sent before it too, so that no more than one flush's is underway. */
  readonly flushUntil: FlushUntil;
  /** Asked when a span leaves: since it ended, its trace may have been dropped. Default: all are. */
  readonly isExported?: ((span: ReadableSpan) => boolean) | undefined;
}

/** A request that has not been answered. */
interface UnderwayRequest {
  readonly spans: number;
  /** Whether all of it has left the process, or it failed; `left` resolves then. */
  hasLeft: boolean;
  readonly left: Promise<void>;
  /** Resolves when it has been answered, or there will be no answer. */
  settled: Promise<void>;
}

/**
 * Exports when it is told to and never by itself, since a function is frozen when it has answered. A flush that waited in vain is the
 * last for a minute that waits: until then spans are kept, as many as the queue holds, and a batch of them is sent every ten seconds to see.
 */
export class InvocationExport implements SpanProcessor {
  readonly #options: InvocationExportOptions;
  readonly #losses: LossReport;
  #waiting: ReadableSpan[] = [];
  readonly #underway = new Set<UnderwayRequest>();
  /** Until then (`performance.now()`) nothing is sent; `undefined` where the last flush was not in vain. */
  #quietUntil: number | undefined;
  #probeAt = 0;
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

  /** Resolves when all that has ended has arrived, or left, after `flushTimeoutMillis`, or after `limitMillis` where that is less. Never rejects. */
  forceFlush(limitMillis: number = Number.POSITIVE_INFINITY): Promise<void> {
    return this.#flush(this.#options.flushUntil, limitMillis);
  }

  /** The flush before the process ends: nobody hears an answer that comes later. */
  async flushLast(): Promise<void> {
    await this.#flush('answered', Number.POSITIVE_INFINITY);
    this.#loseAtEnd(this.#takeWaiting(), `nobody answers at ${this.#options.url}`);
  }

  /** Counts as lost what is still underway, since nobody waits for it any longer. */
  giveUp(): void {
    this.#loseAtEnd(this.#takeUnderway(), `spans do not reach ${this.#options.url} before the process ends`);
  }

  /** Counts as lost what has not arrived, since the process ends now. */
  end(): void {
    this.#loseAtEnd(this.#takeWaiting() + this.#takeUnderway(), `nobody answers at ${this.#options.url}`);
  }

  shutdown(): Promise<void> {
    return this.flushLast();
  }

  async #flush(until: FlushUntil, limitMillis: number): Promise<void> {
    if (this.#quietUntil !== undefined && performance.now() < this.#quietUntil) {
      if (performance.now() >= this.#probeAt) this.#probe();
      return;
    }
    this.#quietUntil = undefined;
    const earlier = new Set(this.#underway);
    this.#sendWaiting();
    if (this.#waiting.length === 0 && this.#awaited(until, earlier).length === 0) return;
    const { flushTimeoutMillis } = this.#options;
    const done = this.#done(until, earlier);
    const inTime = await settlesWithin(done, Math.max(0, Math.min(limitMillis, flushTimeoutMillis)));
    if (!inTime && limitMillis >= flushTimeoutMillis) this.#beQuiet();
  }

  #takeWaiting(): number {
    return this.#waiting.splice(0).length;
  }

  #takeUnderway(): number {
    const count = this.#spansUnderway();
    this.#underway.clear();
    return count;
  }

  #loseAtEnd(count: number, reason: string): void {
    if (count > 0) this.#losses.lost(count, reason);
    this.#losses.end();
  }

  #spansUnderway(): number {
    let count = 0;
    for (const { spans } of this.#underway) count += spans;
    return count;
  }

  /** Of all that waits and is underway now. */
  async #done(until: FlushUntil, earlier: ReadonlySet<UnderwayRequest>): Promise<void> {
    if (this.#waiting.length > 0) {
      await Promise.all(this.#awaited('answered', earlier));
      if (this.#waiting.length === 0 || this.#quietUntil !== undefined) return;
      this.#sendWaiting();
    }
    await Promise.all(this.#awaited(until, earlier));
  }

  /** What such a flush waits for of what is underway; those before it are to be answered in either case. */
  #awaited(until: FlushUntil, earlier: ReadonlySet<UnderwayRequest>): Promise<void>[] {
    const awaited: Promise<void>[] = [];
    for (const request of this.#underway) {
      if (until === 'answered' || earlier.has(request)) awaited.push(request.settled);
      else if (!request.hasLeft) awaited.push(request.left);
    }
    return awaited;
  }

  /** As many as may be underway at a time, which are as many as may wait. */
  #sendWaiting(): void {
    const { maxQueueSize, maxExportBatchSize, isExported } = this.#options;
    while (this.#waiting.length > 0 && this.#spansUnderway() < maxQueueSize) {
      const ended = this.#waiting.splice(0, maxExportBatchSize);
      const spans = isExported === undefined ? ended : ended.filter(isExported);
      if (spans.length > 0) this.#send(spans);
    }
  }

  #probe(): void {
    this.#probeAt = performance.now() + PROBE_INTERVAL_MILLIS;
    const { maxExportBatchSize, isExported = () => true, flushTimeoutMillis } = this.#options;
    const spans = this.#waiting.splice(0, maxExportBatchSize).filter(isExported);
    if (spans.length > 0) this.#send(spans, performance.now() + flushTimeoutMillis);
  }

  /** @param promptBefore an answer by then ends the quiet */
  #send(spans: ReadableSpan[], promptBefore = Number.NEGATIVE_INFINITY): void {
    let resolveLeft = () => {};
    const left = new Promise<void>((resolve) => {
      resolveLeft = resolve;
    });
    const request: UnderwayRequest = { spans: spans.length, hasLeft: false, left, settled: left };
    const leave = () => {
      request.hasLeft = true;
      resolveLeft();
    };
    request.settled = this.#answer(spans, leave, promptBefore).then((error) => {
      const counted = !this.#underway.delete(request);
      if (error && !counted)
        this.#losses.lost(spans.length, `spans do not reach ${this.#options.url}: ${reasonOf(error)}`);
      leave();
    });
    this.#underway.add(request);
  }

  /** Resolves with why the spans have not arrived. */
  async #answer(spans: ReadableSpan[], leave: () => void, promptBefore: number): Promise<Error | undefined> {
    try {
      await this.#options.send(spans, leave);
      this.#losses.delivered();
      // The first request of a small sandbox may be late for want of a processor.
      if (!this.#answered || performance.now() < promptBefore) this.#quietUntil = undefined;
      this.#answered = true;
      return undefined;
    } catch (error) {
      if (error instanceof NoAnswer) this.#beQuiet();
      return error as Error;
    }
  }

  #beQuiet(): void {
    if (this.#quietUntil !== undefined) return;
    this.#quietUntil = performance.now() + QUIET_MILLIS;
    this.#probeAt = performance.now() + PROBE_INTERVAL_MILLIS;
  }
}

/** Whether the promise, which never rejects, settles in time; until then the process is kept alive. */
function settlesWithin(promise: Promise<unknown>, millis: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), millis).ref();
    void promise.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
