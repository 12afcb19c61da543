import { type Context, type Span, type SpanContext, SpanKind, trace } from '@opentelemetry/api';
import { isObject } from '../carriers/is-object';
import { extractionOf, setExtraction } from '../propagation/extraction';
import type { InferredSpan } from './inferred-span';
import { ownTracer } from './tracer';

/** The context with the last of the spans, each the child of the one before, and that span where it ends later than now. */
export interface StartedSpans {
  readonly context: Context;
  readonly open: Span | undefined;
}

/** Makes the spans, under `parent`; links that it brings are for the span that comes after them. */
export function startInferredSpans(parent: Context, spans: readonly InferredSpan[]): StartedSpans {
  const now = Date.now();
  const { attributes } = extractionOf(parent);
  let context = parent;
  let open: Span | undefined;
  for (const { operation, start, end = now, isAnswered, attributes: ofSpan } of spans) {
    // Clocks differ; a span that ends before it starts is refused.
    const startTime = new Date(Math.min(start, now));
    // Numbers would be taken for times since the process began where they lie before that.
    const options = { kind: SpanKind.SERVER, startTime, attributes: ofSpan };
    const span = ownTracer().startSpan(operation, options, setExtraction(context, [], attributes));
    context = trace.setSpan(context, span);
    if (isAnswered) open = span;
    else span.end(new Date(Math.min(Math.max(start, end), now)));
  }
  return { context, open };
}

// Not a variable of this module: the preload's bundle, which makes the span for the invocation, and the application's import, which
// works on the record, are two copies. The number changes with what one copy finds of the other's.
const KEY = Symbol.for('otel-datadog-bridge.inferred-spans.1');

/** Remembers which span was inferred for a message, for as long as the message lives: there is one for each. */
export function rememberInferred(message: unknown, context: Context): void {
  const spanContext = trace.getSpanContext(context);
  if (isObject(message) && spanContext !== undefined) inferredSpans().set(message, spanContext);
}

/** The last span that was inferred for a message already. */
export function rememberedInferred(message: unknown): SpanContext | undefined {
  return isObject(message) ? inferredSpans().get(message) : undefined;
}

function inferredSpans(): WeakMap<object, SpanContext> {
  const shared = globalThis as { [KEY]?: WeakMap<object, SpanContext> };
  if (shared[KEY] === undefined) Object.defineProperty(shared, KEY, { value: new WeakMap() });
  return shared[KEY] as WeakMap<object, SpanContext>;
}
