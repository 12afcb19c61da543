import { type Context, TraceFlags } from '@opentelemetry/api';
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type Span,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { warn } from './warning';

type Done = Parameters<SpanExporter['export']>[1];

export interface BatchExportOptions {
  readonly exporter: SpanExporter;
  /** For what leaves while the process waits to end: it gives up sooner. */
  readonly lastExporter: SpanExporter;
  /** Where the exporters send, for the warnings. */
  readonly url: string;
  /** Spans that may wait; the next ones are lost. */
  readonly maxQueueSize: number;
}

/**
 * The stock batch processor over the stock exporter, with a count of every span that did not get through: one
 * warning when an outage begins, one with the total when it is over. The stock processor drops what its queue cannot hold without a
 * word, and an exporter that throws ends the process.
 */
export class BatchExport implements SpanProcessor {
  readonly #options: BatchExportOptions;
  readonly #batches: SpanProcessor;
  #waiting = 0;
  #lost = 0;
  #ending = false;

  constructor(options: BatchExportOptions) {
    this.#options = options;
    const exporter: SpanExporter = {
      export: (spans, done) => this.#export(spans, done),
      shutdown: async () => {
        await Promise.all([options.exporter.shutdown(), options.lastExporter.shutdown()]);
      },
    };
    this.#batches = new BatchSpanProcessor(exporter, { maxQueueSize: options.maxQueueSize });
  }

  onStart(span: Span, parentContext: Context): void {
    this.#batches.onStart(span, parentContext);
  }

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    const { maxQueueSize } = this.#options;
    if (this.#waiting >= maxQueueSize) {
      this.#countLost(1, `more than ${maxQueueSize} wait (OTEL_BSP_MAX_QUEUE_SIZE)`);
      return;
    }
    this.#waiting += 1;
    this.#batches.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#batches.forceFlush();
  }

  /** Flushes with the exporter that gives up sooner. */
  async flushLast(): Promise<void> {
    this.#ending = true;
    try {
      await this.forceFlush();
    } finally {
      this.#ending = false;
    }
  }

  shutdown(): Promise<void> {
    return this.#batches.shutdown();
  }

  #export(spans: ReadableSpan[], done: Done): void {
    this.#waiting -= spans.length;
    const { exporter, lastExporter } = this.#options;
    const finish: Done = (result) => {
      if (result.error || result.code !== 0) this.#countLost(spans.length, reasonOf(result.error));
      else this.#reportRecovery();
      done(result);
    };
    try {
      (this.#ending ? lastExporter : exporter).export(spans, finish);
    } catch (error) {
      // A span without a name, for example, cannot be serialized.
      finish({ code: 1, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }

  #countLost(count: number, reason: string): void {
    if (this.#lost === 0) {
      warn(
        `spans do not reach ${this.#options.url}: ${reason}; ${count} lost so far. The application is not affected.`,
      );
    }
    this.#lost += count;
  }

  #reportRecovery(): void {
    if (this.#lost > 0) warn(`spans reach ${this.#options.url} again; ${this.#lost} were lost in between`);
    this.#lost = 0;
  }
}

function reasonOf(error: (Error & { code?: unknown }) | undefined): string {
  if (error === undefined) return 'the export failed';
  return [error.code, error.message].filter((part) => part !== undefined && part !== '').join(': ');
}
