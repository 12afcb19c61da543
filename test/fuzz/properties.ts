import { type Context, isSpanContextValid, propagation, type SpanContext, TraceFlags, trace } from '@opentelemetry/api';

export type TextMap = Record<string, string>;

const PRINTABLE = /^[\x20-\x7e]+$/;

/** A context that is not the given one must have something in it. */
export function holdFound(context: Context, links: readonly unknown[]): void {
  const spanContext = trace.getSpanContext(context);
  if (spanContext === undefined && propagation.getBaggage(context) === undefined && links.length === 0) {
    throw new Error('another context, and nothing is in it');
  }
  if (spanContext !== undefined && !isSpanContextValid(spanContext)) {
    throw new Error(`${JSON.stringify(spanContext)} comes in`);
  }
}

/** Any carrier can hold the value, SQS included, which refuses an empty one. */
export function holdValue(name: string, value: unknown): void {
  if (typeof value !== 'string' || !PRINTABLE.test(value))
    throw new Error(`${name} goes out as ${JSON.stringify(value)}`);
}

/** The same trace (from that digit of its id on), span and sampling decision. */
export function holdSameSpan(actual: Context, expected: Context, traceIdStart: number): void {
  const a = trace.getSpanContext(actual);
  const b = trace.getSpanContext(expected);
  if (
    a?.traceId.slice(traceIdStart) !== b?.traceId.slice(traceIdStart) ||
    a?.spanId !== b?.spanId ||
    isSampled(a) !== isSampled(b)
  ) {
    throw new Error(`${JSON.stringify(a)} comes of ${JSON.stringify(b)}`);
  }
}

export function holdSameFields(names: Iterable<string>, actual: TextMap, expected: TextMap): void {
  for (const name of names) {
    if (actual[name] === expected[name]) continue;
    throw new Error(`${name}: ${JSON.stringify(actual[name])} comes of ${JSON.stringify(expected[name])}`);
  }
}

/** How many properties the prototypes have of which everything inherits. */
export function prototypeKeys(): number {
  return (
    Reflect.ownKeys(Object.prototype).length +
    Reflect.ownKeys(Array.prototype).length +
    Reflect.ownKeys(Function.prototype).length
  );
}

function isSampled(spanContext: SpanContext | undefined): boolean {
  return ((spanContext?.traceFlags ?? 0) & TraceFlags.SAMPLED) !== 0;
}
