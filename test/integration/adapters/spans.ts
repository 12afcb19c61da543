import { propagation, SpanKind, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { DatadogPropagator, DatadogSpanProcessor } from '../../../src/index.ts';

const exporter = new InMemorySpanExporter();

/** A service with an OpenTelemetry SDK and this package, as its documentation has it. */
export function startTracing(): void {
  new NodeTracerProvider({ spanProcessors: [new DatadogSpanProcessor(), new SimpleSpanProcessor(exporter)] }).register({
    propagator: null,
  });
  propagation.setGlobalPropagator(new DatadogPropagator({ env: {} }));
}

export function forgetSpans(): void {
  exporter.reset();
}

/** The spans that process messages, in the order in which they ended. */
export function processSpans(): ReadableSpan[] {
  return exporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.CONSUMER);
}

/** The one span that processes messages. */
export function processSpan(): ReadableSpan {
  const [span, ...others] = processSpans();
  if (span === undefined || others.length > 0) throw new Error(`${others.length + (span ? 1 : 0)} spans`);
  return span;
}

export interface Ids {
  readonly traceId: string;
  readonly spanId: string;
}

/** Runs `send` in the span of a producer, a trace of its own; the ids of that span. */
export async function inProducer(send: () => unknown): Promise<Ids> {
  return trace.getTracer('producer').startActiveSpan('send', { kind: SpanKind.PRODUCER }, async (span) => {
    await send();
    span.end();
    const { traceId, spanId } = span.spanContext();
    return { traceId, spanId };
  });
}

export function parentOf({ parentSpanContext }: ReadableSpan): Ids | undefined {
  if (parentSpanContext === undefined) return undefined;
  const { traceId, spanId } = parentSpanContext;
  return { traceId, spanId };
}

export function linksOf({ links }: ReadableSpan): Ids[] {
  return links.map(({ context: { traceId, spanId } }) => ({ traceId, spanId }));
}

/** The ids of the active span. */
export function activeIds(): Ids | undefined {
  const spanContext = trace.getActiveSpan()?.spanContext();
  return spanContext && { traceId: spanContext.traceId, spanId: spanContext.spanId };
}

export function idsOf(span: ReadableSpan): Ids {
  const { traceId, spanId } = span.spanContext();
  return { traceId, spanId };
}
