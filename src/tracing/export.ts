import { type Context, TraceFlags } from '@opentelemetry/api';
import {
  BatchSpanProcessor,
  type BufferConfig,
  type ReadableSpan,
  type Span,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { LossReport, reasonOf } from './loss-report';

/** A flush, and one of what has ended during it. */
const LAST_FLUSHES = 2;

type Done = Parameters<SpanExporter['export']>[1];

export interface BatchExportOptions {
  readonly exporter: SpanExporter;
  /** For what leaves while the process waits to end: it gives up sooner. */
  readonly lastExporter: SpanExporter;
  /** Where the exporters send, for the warnings. */
  readonly url: string;
  /** The stock processor's own; of the spans that may wait, those past `maxQueueSize` are lost. */
  readonly buffer: BufferConfig & { maxQueueSize: number };
  /** Asked when a span leaves: since it ended, its trace may have been dropped. Default: all are. */
  readonly isExported?: ((span: ReadableSpan) => boolean) | undefined;
}

/**
 * The stock batch processor over the stock exporter, with a count of every span that did not get through. The stock
 * processor drops what its queue cannot hold without a word, and an exporter that throws ends the process.
 */
export class BatchExport implements SpanProcessor {
  readonly #options: BatchExportOptions;
  readonly #batches: SpanProcessor;
  readonly #losses: LossReport;
  /** Exports that have neither succeeded nor failed, with the number of their spans. */
  readonly #underway = new Map<Promise<void>, number>();
  #waiting = 0;
  #ending = false;

  constructor(options: BatchExportOptions) {
    this.#options = options;
    this.#losses = new LossReport(options.url);
    const exporter: SpanExporter = {
      export: (spans, done) => this.#export(spans, done),
      shutdown: async () => {
        await Promise.all([options.exporter.shutdown(), options.lastExporter.shutdown()]);
      },
    };
    this.#batches = new BatchSpanProcessor(exporter, options.buffer);
  }

  onStart(span: Span, parentContext: Context): void {
    this.#batches.onStart(span, parentContext);
  }

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    const { url, buffer } = this.#options;
    const { maxQueueSize } = buffer;
    if (this.#waiting >= maxQueueSize) {
      this.#losses.lost(1, `more than ${maxQueueSize} spans (OTEL_BSP_MAX_QUEUE_SIZE) wait to leave for ${url}`);
      return;
    }
    this.#waiting += 1;
    this.#batches.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#batches.forceFlush();
  }

  /** Flushes with the exporter that gives up sooner, and waits for what was underway before. */
  async flushLast(): Promise<void> {
    for (let flushes = 0; flushes < LAST_FLUSHES && (flushes === 0 || this.#waiting > 0); flushes++) {
      this.#ending = true;
      const flushed = this.forceFlush().catch(() => {});
      this.#ending = false;
      await Promise.all([flushed, ...this.#underway.keys()]);
    }
    this.#losses.end();
  }

  /** Counts as lost what is still underway, since nobody waits for it any longer. */
  giveUp(): void {
    this.#loseAtEnd(this.#takeUnderway());
  }

  /** Counts as lost what has not arrived, since the process ends now; what has left meanwhile too. */
  end(): void {
    const count = this.#waiting + this.#takeUnderway();
    this.#waiting = 0;
    this.#loseAtEnd(count);
  }

  shutdown(): Promise<void> {
    return this.#batches.shutdown();
  }

  #takeUnderway(): number {
    let count = 0;
    for (const spans of this.#underway.values()) count += spans;
    this.#underway.clear();
    return count;
  }

  #loseAtEnd(count: number): void {
    if (count > 0) this.#losses.lost(count, `spans do not reach ${this.#options.url} before the process ends`);
    this.#losses.end();
  }

  #export(ended: ReadableSpan[], done: Done): void {
    this.#waiting = Math.max(0, this.#waiting - ended.length);
    const { exporter, lastExporter, url, isExported } = this.#options;
    const spans = isExported === undefined ? ended : ended.filter(isExported);
    if (spans.length === 0) {
      done({ code: 0 });
      return;
    }
    let settle = () => {};
    const settled = new Promise<void>((resolve) => {
      settle = resolve;
    });
    this.#underway.set(settled, spans.length);
    const finish: Done = (result) => {
      const counted = !this.#underway.delete(settled);
      if (result.error || result.code !== 0) {
        if (!counted) this.#losses.lost(spans.length, `spans do not reach ${url}: ${reasonOf(result.error)}`);
      } else this.#losses.delivered();
      settle();
      done(result);
    };
    try {
      (this.#ending ? lastExporter : exporter).export(spans, finish);
    } catch (error) {
      // A span without a name, for example, cannot be serialized.
      finish({ code: 1, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }
}
