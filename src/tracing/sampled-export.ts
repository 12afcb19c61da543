import { type Attributes, type Context, type SpanContext, TraceFlags } from '@opentelemetry/api';
import { booleanFrom, type Environment } from '../configuration/environment';
import { decidedTraceState } from '../propagation/datadog-trace-state';
import { type DecisionCell, decisionCell } from '../propagation/local-trace-state';
import { isKept } from '../propagation/sampling-priority';
import { setDecision } from './sampling-decision';

/** What is asked of a span that has ended, of either SDK line (2.x, 3.x). */
export interface ExportedSpan {
  readonly attributes: Attributes;
  readonly parentSpanContext?: SpanContext | undefined;
  spanContext(): SpanContext;
}

/** A processor that exports, of either SDK line. */
export interface ExportProcessor<StartedSpan, EndedSpan extends ExportedSpan> {
  onStart(span: StartedSpan, parentContext: Context): void;
  onEnding?(span: StartedSpan): void;
  onEnd(span: EndedSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

export interface SampledSpanProcessorOptions {
  /**
   * Export the spans of dropped traces too, so that the Agent counts them in its trace metrics before it drops them; it costs the export of
   * every span. `OTEL_DATADOG_EXPORT_UNSAMPLED`; default: `false`.
   */
  exportUnsampled?: boolean | undefined;
  /** Default: `process.env`. */
  env?: Environment | undefined;
}

/** As many as a Datadog tracer keeps of one trace before it sends what it has. */
const MAX_HELD = 1000;

interface HeldSpans<EndedSpan> {
  readonly spans: EndedSpan[];
  rootEnded: boolean;
}

/**
 * A `SpanProcessor` around the one that exports: it passes on the spans that Datadog's decision keeps, which may be another one than at
 * their start (`setSamplingPriority()`, `manual.keep`). Of a dropped trace it holds the spans that have ended (at most 1,000) until its
 * first one ends too: a decision to keep comes late as a rule, when something has failed.
 *
 *     spanProcessors: [new DatadogSpanProcessor(), new SampledSpanProcessor(new BatchSpanProcessor(exporter))]
 */
export class SampledSpanProcessor<StartedSpan, EndedSpan extends ExportedSpan> {
  readonly #next: ExportProcessor<StartedSpan, EndedSpan>;
  readonly #exportUnsampled: boolean;
  /** By cell, so that they go with the last of their trace. */
  readonly #held = new WeakMap<DecisionCell, HeldSpans<EndedSpan>>();

  constructor(next: ExportProcessor<StartedSpan, EndedSpan>, options: SampledSpanProcessorOptions = {}) {
    const { env = process.env, exportUnsampled } = options;
    this.#next = next;
    this.#exportUnsampled = exportUnsampled ?? booleanFrom(env, 'OTEL_DATADOG_EXPORT_UNSAMPLED', false);
  }

  onStart(span: StartedSpan, parentContext: Context): void {
    this.#next.onStart(span, parentContext);
  }

  onEnding(span: StartedSpan): void {
    this.#next.onEnding?.(span);
  }

  onEnd(span: EndedSpan): void {
    const spanContext = span.spanContext();
    const kept = isKept(decidedTraceState(spanContext).datadog.samplingPriority ?? 0);
    const cell = decisionCell(spanContext);
    if (kept || this.#exportUnsampled) {
      // A kept trace has none, unless a decision by hand has made it one.
      if (cell?.samplingPriority !== undefined) this.#release(cell);
      this.#pass(span);
    } else if (cell !== undefined) this.#hold(cell, span);
  }

  forceFlush(): Promise<void> {
    return this.#next.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#next.shutdown();
  }

  #pass(span: EndedSpan): void {
    const isSampled = (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
    this.#next.onEnd(isSampled ? span : asSampled(span));
  }

  #hold(cell: DecisionCell, span: EndedSpan): void {
    let held = this.#held.get(cell);
    if (held === undefined) {
      held = { spans: [], rootEnded: false };
      this.#held.set(cell, held);
    }
    if (span.parentSpanContext === undefined || span.parentSpanContext.isRemote === true) {
      held.rootEnded = true;
      held.spans.length = 0;
    } else if (!held.rootEnded && held.spans.length < MAX_HELD) held.spans.push(span);
  }

  #release(cell: DecisionCell): void {
    const spans = this.#held.get(cell)?.spans.splice(0) ?? [];
    for (const span of spans) {
      setDecision(span.attributes, span.spanContext());
      this.#pass(span);
    }
  }
}

/**
 * Whether a span that waited to be exported still is to be, by what was decided by hand since it ended, which it then says itself.
 */
export function lastDecision(exportUnsampled: boolean): (span: ExportedSpan) => boolean {
  return (span) => {
    const spanContext = span.spanContext();
    const byHand = decisionCell(spanContext)?.samplingPriority;
    if (byHand === undefined) return true;
    setDecision(span.attributes, spanContext);
    return exportUnsampled || isKept(byHand);
  };
}

/** The span with the sampled flag, without which the stock processors export nothing. */
function asSampled<EndedSpan extends ExportedSpan>(span: EndedSpan): EndedSpan {
  const { traceFlags, ...others } = span.spanContext();
  const spanContext = { ...others, traceFlags: traceFlags | TraceFlags.SAMPLED };
  return Object.create(span, { spanContext: { value: () => spanContext } }) as EndedSpan;
}
