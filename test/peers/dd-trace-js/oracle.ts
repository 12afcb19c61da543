// Lines of JSON header sets in, lines of JSON observations out: see test/differential/peer.ts.
import { createInterface } from 'node:readline';
import ddTrace, { type SpanContext } from 'dd-trace';
import { asciiJson } from '../../differential/ascii-json.ts';
import type { Headers, Observation, ObservedContext } from '../../differential/peer.ts';

/** What dd-trace keeps of a context beyond its public type. */
interface DatadogContext extends SpanContext {
  toTraceId(full?: boolean): string;
  toSpanId(hex?: boolean): string;
  readonly _trace: { readonly origin?: string; readonly tags: Readonly<Record<string, string | undefined>> };
  readonly _spanId: object | null;
  readonly _sampling: { readonly priority?: number };
  readonly _links: readonly { readonly context: DatadogContext; readonly attributes: Record<string, string> }[];
}

// The log exporter has no connection to anyone; unfinished spans are never given to it.
const tracer = ddTrace.init({ plugins: false, experimental: { exporter: 'log' } });

// dd-trace itself keeps the process alive, and a broken pipe is the end as well.
process.stdout.on('error', () => process.exit(1));
for await (const line of createInterface(process.stdin)) {
  const observations = (JSON.parse(line) as Headers[]).map(observe);
  process.stdout.write(`${asciiJson(observations)}\n`);
}
process.exit(0);

function observe(headers: Headers): Observation {
  ddTrace.removeAllBaggageItems();
  const extracted = extract(headers);
  const baggage = { ...ddTrace.getAllBaggageItems() };
  // Injection leaves its traces in the extracted context: the child has one of its own.
  const context = observedContext(extracted);
  const links = (extracted?._links ?? []).map((link) => ({
    ...idsOf(link.context),
    attributes: link.attributes,
  }));
  const child = childOf(extract(headers));
  if (child === null) return { context: null, links, baggage, forwarded: baggageAlone(), child };
  return { context, links, baggage, forwarded: inject(extracted), child };
}

/** Of headers that carry no more than a decision it makes a context with a trace id of its own and no span: that continues nothing. */
function extract(headers: Headers): DatadogContext | null {
  const context = tracer.extract('text_map', { ...headers }) as DatadogContext | null;
  return context?._spanId === null ? null : context;
}

function childOf(parent: DatadogContext | null): Observation['child'] {
  if (parent === null) return null;
  const span = tracer.startSpan('child', { childOf: parent });
  const context = span.context() as DatadogContext;
  if (context.toTraceId(true) !== parent.toTraceId(true)) return null;
  return { spanId: context.toSpanId(true), headers: inject(span) };
}

function inject(context: Parameters<typeof tracer.inject>[0] | null): Record<string, string> {
  const headers: Record<string, string> = {};
  if (context !== null) tracer.inject(context, 'text_map', headers);
  return headers;
}

/** Where the trace is not continued, baggage is all that goes on. */
function baggageAlone(): Record<string, string> {
  const { baggage } = inject(tracer.startSpan('root'));
  return baggage === undefined ? {} : { baggage };
}

function observedContext(context: DatadogContext | null): ObservedContext | null {
  if (context === null) return null;
  const { origin, tags } = context._trace;
  return {
    ...idsOf(context),
    priority: context._sampling.priority ?? null,
    origin: origin ?? null,
    tags: propagationTags(tags),
  };
}

function idsOf(context: DatadogContext) {
  return { traceId: context.toTraceId(true), spanId: context.toSpanId(true) };
}

function propagationTags(tags: DatadogContext['_trace']['tags']): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(tags)) {
    if (key.startsWith('_dd.p.') && value !== undefined) found[key] = value;
  }
  return found;
}
