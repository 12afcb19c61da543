import { join } from 'node:path';
import protobuf from 'protobufjs';

/** A span as it comes to Datadog; ids are lower-case hex digits, 32 of a trace and 16 of a span. */
export interface IntakeSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** `undefined` for a root. */
  readonly parentId: string | undefined;
  readonly service: string;
  readonly name: string;
  readonly resource: string;
  readonly type: string;
  readonly error: boolean;
  readonly meta: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly links: readonly IntakeLink[];
  /** Of its chunk of the trace. */
  readonly priority: number;
  readonly origin: string;
  readonly env: string;
}

export interface IntakeLink {
  readonly traceId: string;
  readonly spanId: string;
}

interface Payload {
  readonly tracerPayloads: { env: string; chunks: Chunk[] }[];
}

interface Chunk {
  readonly priority: number;
  readonly origin: string;
  readonly tags: Record<string, string>;
  readonly droppedTrace: boolean;
  readonly spans: Span[];
}

/** 64-bit numbers are decimal. */
interface Span extends Pick<IntakeSpan, 'service' | 'name' | 'resource' | 'type' | 'meta' | 'metrics'> {
  readonly traceID: string;
  readonly spanID: string;
  readonly parentID: string;
  readonly error: number;
  readonly spanLinks: { traceID: string; traceIDHigh: string; spanID: string }[];
}

const UPPER_HALF = '_dd.p.tid';
/** JSON, where a span came by OTLP. */
const LINKS = '_dd.span_links';

const { root } = await protobuf.load(join(import.meta.dirname, 'intake.proto'));
const AGENT_PAYLOAD = root.lookupType('datadog.trace.AgentPayload');

/** The spans of what an Agent, or the Collector's exporter, sends to `/api/v0.2/traces`, in their order. */
export function spansOfAgentPayload(bytes: Uint8Array): IntakeSpan[] {
  const { tracerPayloads } = AGENT_PAYLOAD.toObject(AGENT_PAYLOAD.decode(bytes), {
    longs: String,
    defaults: true,
  }) as Payload;
  return tracerPayloads.flatMap(({ env, chunks }) => chunks.flatMap((chunk) => spansOfChunk(chunk, env)));
}

/** A tracer of Datadog's says the upper half of a trace's id once in a chunk. */
function spansOfChunk({ priority, origin, tags, droppedTrace, spans }: Chunk, env: string): IntakeSpan[] {
  if (droppedTrace) return [];
  const ofChunk = tags[UPPER_HALF] ?? spans[0]?.meta[UPPER_HALF];
  return spans.map(({ traceID, spanID, parentID, error, spanLinks, ...span }) => ({
    ...span,
    traceId: (span.meta[UPPER_HALF] ?? ofChunk ?? '').padStart(16, '0') + hex(traceID),
    spanId: hex(spanID),
    parentId: parentID === '0' ? undefined : hex(parentID),
    error: error !== 0,
    links: span.meta[LINKS] === undefined ? spanLinks.map(linkOf) : linksOf(span.meta[LINKS]),
    priority,
    origin,
    env,
  }));
}

function linkOf({ traceID, traceIDHigh, spanID }: Span['spanLinks'][number]): IntakeLink {
  return { traceId: hex(traceIDHigh) + hex(traceID), spanId: hex(spanID) };
}

function linksOf(json: string): IntakeLink[] {
  const links: { trace_id: string; span_id: string }[] = JSON.parse(json);
  return links.map(({ trace_id, span_id }) => ({ traceId: trace_id, spanId: span_id }));
}

function hex(decimal: string): string {
  return BigInt(decimal).toString(16).padStart(16, '0');
}
