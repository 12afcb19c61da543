import type { SpanExporter } from '@opentelemetry/sdk-trace-node';
import type { OtlpDestination } from '../tracing/otlp';

/** The stock exporter, made and loaded when the first spans leave: it is a good part of what would have to be loaded at the start. */
export function lateExporter(destination: OtlpDestination, timeoutMillis?: number): SpanExporter {
  let exporter: SpanExporter | undefined;
  const made = () => {
    const { otlpExporter } = require('../tracing/otlp-exporter') as typeof import('../tracing/otlp-exporter');
    exporter ??= otlpExporter(destination, timeoutMillis);
    return exporter;
  };
  return {
    export: (spans, done) => made().export(spans, done),
    shutdown: async () => exporter?.shutdown(),
  };
}
