import ddTrace, { type Span, type SpanContext } from 'dd-trace';
import type { Attributes, Side } from './side.ts';

/** What dd-trace's types leave out of its span context. */
interface InnerContext extends SpanContext {
  readonly _sampling: { priority?: number };
  readonly _trace: { tags: Record<string, string> };
  toTraceId(hex?: boolean): string;
  toSpanId(hex?: boolean): string;
  /** Has the sampler decide, as the first inject of a trace does otherwise. */
  _ensureSamplingPriority(): void;
}

const FORMAT = 'text_map';

/** dd-trace, as its own SQS plugin calls it. */
export function ddTraceSide(): Side<Span, InnerContext | null> {
  const tracer = ddTrace.init({ plugins: false, startupLogs: false, service: 'bench' });
  const inner = (span: Span) => span.context() as InnerContext;
  const child = (parent: SpanContext | null) => tracer.startSpan('bench', parent ? { childOf: parent } : {});
  return {
    name: 'dd-trace',
    continueTraces: (inbound, spans) =>
      inbound.flatMap((headers) => {
        const parent = tracer.extract(FORMAT, headers);
        return Array.from({ length: spans }, () => child(parent));
      }),
    startTraces: (count) =>
      Array.from({ length: count }, () => {
        const span = child(null);
        inner(span)._ensureSamplingPriority();
        return span;
      }),
    enter(baggage) {
      tracer.removeAllBaggageItems();
      for (const [key, value] of Object.entries(baggage)) tracer.setBaggageItem(key, value);
    },
    write(span) {
      const textMap = {};
      tracer.inject(span, FORMAT, textMap);
      const attributes: Attributes = {};
      attributes._datadog = { DataType: 'String', StringValue: JSON.stringify(textMap) };
      return attributes;
    },
    read: (attributes) =>
      tracer.extract(FORMAT, JSON.parse(attributes._datadog?.StringValue ?? '')) as InnerContext | null,
    child,
    // Its ids stay bytes until somebody asks for their digits, and nobody need do that.
    consume: (context) => context?._sampling.priority ?? 0,
    consumeState: (context) =>
      (context?._trace.tags['_dd.p.dm']?.charCodeAt(0) ?? 1) + (context?._sampling.priority ?? 0),
    idsOf: (span) => idsOf(inner(span)),
    idsRead: (context) => (context ? idsOf(context) : undefined),
  };
}

function idsOf(context: InnerContext) {
  return { traceId: context.toTraceId(true), spanId: context.toSpanId(true) };
}
