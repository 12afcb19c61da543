// What a message carries, read by the formats' own definitions and with nothing of ours: what the tests hold our reading
// against.
import { type Context, trace } from '@opentelemetry/api';
import type { MessageAttributes } from '../../src/carriers/message-attributes.ts';

export interface Carried {
  traceId: string;
  spanId: string;
  priority: number;
  origin: string | undefined;
  /** `_dd.p.*` without the upper half of the trace id. */
  tags: Record<string, string>;
}

interface CarriedOnwards extends Carried {
  upperHalf: string | undefined;
  lastDatadogParent: string | undefined;
  foreign: Record<string, string>;
}

export type Fields = Record<string, string>;

export function fieldsOn(attributes: MessageAttributes): Fields {
  if (attributes._datadog) return JSON.parse(attributes._datadog.StringValue ?? '');
  return Object.fromEntries(
    ['traceparent', 'tracestate', 'baggage'].flatMap((name) => {
      const value = attributes[name]?.StringValue;
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

export function carriedOnwardsBy(fields: Fields): CarriedOnwards | undefined {
  const { dd, ...foreign } = pairs(fields.tracestate, ',', '=');
  const member = pairs(dd, ';', ':');
  const common = { lastDatadogParent: member.p, foreign };
  const [, w3cTraceId, w3cSpanId, flags] = fields.traceparent?.split('-') ?? [];
  if (fields['x-datadog-trace-id'] !== undefined) {
    const { '_dd.p.tid': upperHalf, ...tags } = pairs(fields['x-datadog-tags'], ',', '=');
    const traceId = (upperHalf ?? '0'.repeat(16)) + hex(fields['x-datadog-trace-id']);
    return {
      traceId,
      spanId: (w3cTraceId === traceId && w3cSpanId) || hex(fields['x-datadog-parent-id']),
      priority: Number(fields['x-datadog-sampling-priority']),
      origin: fields['x-datadog-origin'] || undefined,
      tags,
      upperHalf,
      ...common,
    };
  }
  if (w3cTraceId === undefined || w3cSpanId === undefined) return undefined;
  const sampled = Number.parseInt(flags ?? '', 16) % 2;
  return {
    traceId: w3cTraceId,
    spanId: w3cSpanId,
    priority: Number(member.s ?? sampled),
    origin: member.o,
    // Nobody said who decided, so on the way to Datadog it was decided by default.
    tags: dd === undefined && sampled ? { '_dd.p.dm': '-0' } : tagsOf(member),
    upperHalf: w3cTraceId.slice(0, 16),
    ...common,
  };
}

export function carriedBy(fields: Fields): Carried | undefined {
  const carried = carriedOnwardsBy(fields);
  if (carried === undefined) return undefined;
  const { traceId, spanId, priority, origin, tags } = carried;
  return { traceId, spanId, priority, origin, tags };
}

/** What came of it: the span context, and the `dd` member for what that has no field for. */
export function extractedTo(context: Context): Carried | undefined {
  const spanContext = trace.getSpanContext(context);
  if (spanContext === undefined) return undefined;
  const member = pairs(spanContext.traceState?.get('dd'), ';', ':');
  const { traceId, spanId } = spanContext;
  return { traceId, spanId, priority: Number(member.s), origin: member.o, tags: tagsOf(member) };
}

function pairs(text: string | undefined, between: string, inside: string): Record<string, string> {
  const parts = text ? text.split(between) : [];
  return Object.fromEntries(
    parts.map((part) => [part.slice(0, part.indexOf(inside)), part.slice(part.indexOf(inside) + 1)]),
  );
}

function tagsOf(member: Record<string, string>): Record<string, string> {
  const tags = Object.entries(member).filter(([key]) => key.startsWith('t.') && key !== 't.tid');
  return Object.fromEntries(tags.map(([key, value]) => [`_dd.p.${key.slice(2)}`, value.replaceAll('~', '=')]));
}

function hex(decimal: string | undefined): string {
  return BigInt(decimal ?? '')
    .toString(16)
    .padStart(16, '0');
}
