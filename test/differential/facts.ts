import type { Headers, Observation, ObservedContext } from './peer.ts';
import { decoded } from './reading.ts';

/**
 * An observation as named facts, since tracers order fields differently and encode them differently: only what they say
 * can be compared. A fact that is absent is not said.
 */
export type Facts = ReadonlyMap<string, string>;

const CHILD = 'child';

/** The facts of an observation; a span that a tracer made is `child`, whatever id it has got. */
export function factsOf({ context, links, baggage, forwarded, child }: Observation): Facts {
  const facts = new Map<string, string>();
  if (context !== null) addContext(facts, context);
  for (const link of links) {
    const { reason, context_headers: style } = link.attributes;
    facts.set(`link ${reason} ${style}`, `${link.traceId}-${link.spanId}`);
  }
  for (const [key, value] of Object.entries(baggage)) facts.set(`baggage ${key}`, value);
  addHeaders(facts, 'forwarded', forwarded);
  if (child !== null) addHeaders(facts, CHILD, child.headers, child.spanId);
  return facts;
}

function addContext(facts: Map<string, string>, context: ObservedContext): void {
  const { traceId, spanId, priority, origin, tags } = context;
  facts.set('trace id', traceId);
  facts.set('span id', spanId);
  if (priority !== null) facts.set('priority', String(priority));
  if (origin !== null) facts.set('origin', origin);
  // The trace id says it already, and not every tracer keeps it twice.
  const { '_dd.p.tid': _upperHalf, ...others } = tags;
  for (const [key, value] of Object.entries(others)) facts.set(`tag ${key}`, value);
}

function addHeaders(facts: Map<string, string>, who: string, headers: Headers, childSpanId?: string): void {
  const say = (name: string, value: string | undefined) => {
    if (value !== undefined) facts.set(`${who} ${name}`, value);
  };
  const span = (hex: string | undefined) => (hex !== undefined && hex === childSpanId ? CHILD : hex);
  const decimalSpan = childSpanId === undefined ? undefined : BigInt(`0x${childSpanId}`).toString();

  for (const name of ['x-datadog-trace-id', 'x-datadog-sampling-priority', 'x-datadog-origin'])
    say(name, headers[name]);
  const parentId = headers['x-datadog-parent-id'];
  say('x-datadog-parent-id', parentId !== undefined && parentId === decimalSpan ? CHILD : parentId);
  for (const [key, value] of pairs(headers['x-datadog-tags'], ',', '=')) say(`x-datadog-tags ${key}`, value);

  const [version, traceId, spanId, flags] = headers.traceparent?.split('-') ?? [];
  say('traceparent version', version);
  say('traceparent trace id', traceId);
  say('traceparent span id', span(spanId));
  addFlags(say, flags);
  const vendors: string[] = [];
  for (const [key, value] of pairs(headers.tracestate, ',', '=')) {
    if (key === 'dd') {
      for (const [name, field] of pairs(value, ';', ':')) say(`dd ${name}`, name === 'p' ? span(field) : field);
    } else {
      vendors.push(key);
      say(`member ${key}`, value);
    }
  }
  say('members in order', vendors.join(' ') || undefined);

  for (const [key, value] of pairs(headers.baggage, ',', '=')) {
    const semicolon = value.indexOf(';');
    say(`baggage ${decoded(key)}`, decoded(semicolon < 0 ? value : value.slice(0, semicolon)));
    if (semicolon >= 0) say(`properties ${decoded(key)}`, value.slice(semicolon + 1));
  }

  for (const name of ['x-b3-traceid', 'x-b3-sampled', 'x-b3-flags']) say(name, headers[name]);
  say('x-b3-spanid', span(headers['x-b3-spanid']));
  const [b3TraceId, b3SpanId, b3Sampled] = headers.b3?.split('-') ?? [];
  say('b3 trace id', b3TraceId);
  say('b3 span id', span(b3SpanId));
  say('b3 sampled', b3Sampled);
}

function addFlags(say: (name: string, value: string) => void, flags: string | undefined): void {
  if (flags === undefined) return;
  const bits = Number.parseInt(flags, 16);
  say('traceparent sampled', bits & 1 ? 'yes' : 'no');
  if (bits & 2) say('traceparent random', 'yes');
  if (bits & ~3) say('traceparent other flags', (bits & ~3).toString(16));
}

function pairs(text: string | undefined, separator: string, between: string): [string, string][] {
  if (text === undefined || text === '') return [];
  const parts = text.split(separator).filter((part) => part.trim() !== '');
  return parts.map((part) => {
    const at = part.indexOf(between);
    return at < 0 ? [part, ''] : [part.slice(0, at).replace(/^[ \t]+/, ''), part.slice(at + 1)];
  });
}

/** A fact that one says and the other does not, or says differently. */
export interface Difference {
  readonly fact: string;
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
}

export function differences(ours: Facts, theirs: Facts): Difference[] {
  const found: Difference[] = [];
  for (const fact of new Set([...ours.keys(), ...theirs.keys()])) {
    if (ours.get(fact) !== theirs.get(fact)) found.push({ fact, ours: ours.get(fact), theirs: theirs.get(fact) });
  }
  return found;
}
