import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';
import { warn } from './warning';

type Done = Parameters<SpanExporter['export']>[1];

/**
 * Passes spans on to the stock exporter, counts those that it could not deliver and reports them: one warning when an outage
 * begins, one with the total when it is over.
 */
export class CountingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #lastExporter: SpanExporter;
  readonly #url: string;
  #lost = 0;
  #last = false;

  /** @param lastExporter for what is exported while the process waits to end: it gives up sooner. */
  constructor(exporter: SpanExporter, lastExporter: SpanExporter, url: string) {
    this.#exporter = exporter;
    this.#lastExporter = lastExporter;
    this.#url = url;
  }

  export(spans: ReadableSpan[], done: Done): void {
    const finish: Done = (result) => {
      if (result.error || result.code !== 0) this.#countLost(spans.length, result.error);
      else this.#reportRecovery();
      done(result);
    };
    try {
      (this.#last ? this.#lastExporter : this.#exporter).export(spans, finish);
    } catch (error) {
      // A span that cannot be serialized, one without a name for example, would end the process here.
      finish({ code: 1, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }

  /** Runs `flush`, which must begin its exports synchronously, with the exporter that gives up sooner. */
  whileEnding<T>(flush: () => T): T {
    this.#last = true;
    try {
      return flush();
    } finally {
      this.#last = false;
    }
  }

  async forceFlush(): Promise<void> {
    await Promise.all([this.#exporter.forceFlush?.(), this.#lastExporter.forceFlush?.()]);
  }

  async shutdown(): Promise<void> {
    await Promise.all([this.#exporter.shutdown(), this.#lastExporter.shutdown()]);
  }

  #countLost(count: number, error: Error | undefined): void {
    if (this.#lost === 0) {
      const reason = error ? ` (${reasonOf(error)})` : '';
      warn(
        `no span reaches ${this.#url}${reason}; ${count} lost so far. Is the Agent's OTLP receiver on? The application is not affected.`,
      );
    }
    this.#lost += count;
  }

  #reportRecovery(): void {
    if (this.#lost > 0) warn(`spans reach ${this.#url} again; ${this.#lost} were lost in between`);
    this.#lost = 0;
  }
}

function reasonOf(error: Error & { code?: unknown }): string {
  return [error.code, error.message].filter((part) => part !== undefined && part !== '').join(': ');
}
