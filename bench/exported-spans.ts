import { getProtoRoot } from '@elastic/mockotlpserver/lib/proto.js';

/** How many spans came, and how many of them are the first of their trace. */
export interface ExportedSpans {
  readonly spans: number;
  readonly roots: number;
}

interface TraceRequest {
  resourceSpans: { scopeSpans: { spans: { parentSpanId?: { length: number } }[] }[] }[];
}

/** Of OTLP's `ExportTraceServiceRequest`, in protobuf or in JSON. */
export function spansOfOtlp(body: Buffer, contentType: string | undefined): ExportedSpans {
  const request = contentType?.startsWith('application/json')
    ? JSON.parse(body.toString())
    : getProtoRoot().lookupType('opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest').decode(body);
  const spans = (request as TraceRequest).resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap((scope) => scope.spans),
  );
  return { spans: spans.length, roots: spans.filter(({ parentSpanId }) => !parentSpanId?.length).length };
}

/**
 * Of what the Agent gets at `/v0.4/traces`: an array of traces, each an array of spans, in MessagePack. A tracer sends a trace
 * of a few spans when it is complete, so each has its root.
 * https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export function spansOfAgent(body: Buffer): ExportedSpans {
  const reader = new MessagePackReader(body);
  const roots = reader.arrayLength();
  let spans = 0;
  for (let trace = 0; trace < roots; trace += 1) {
    const length = reader.arrayLength();
    for (let span = 0; span < length; span += 1) reader.skip();
    spans += length;
  }
  return { spans, roots };
}

class MessagePackReader {
  readonly #body: Buffer;
  #offset = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  arrayLength(): number {
    const type = this.#uint(1);
    if (type >> 4 === 0x9) return type & 0x0f;
    if (type === 0xdc) return this.#uint(2);
    if (type === 0xdd) return this.#uint(4);
    throw new Error(`no array in MessagePack: 0x${type.toString(16)} at ${this.#offset - 1}`);
  }

  skip(): void {
    for (let values = 1; values > 0; values -= 1) values += this.#skipFlat();
  }

  /** Skips one value, but for the values in it; how many these are. */
  #skipFlat(): number {
    const type = this.#uint(1);
    if (type < 0x80 || type >= 0xe0) return 0;
    if (type < 0x90) return 2 * (type & 0x0f);
    if (type < 0xa0) return type & 0x0f;
    if (type < 0xc0) return this.#skipBytes(type & 0x1f);
    if (type < 0xc4) return 0;
    // Binary and strings, with their length before them.
    if (type < 0xc7) return this.#skipBytes(this.#uint(1 << (type - 0xc4)));
    if (type >= 0xd9 && type < 0xdc) return this.#skipBytes(this.#uint(1 << (type - 0xd9)));
    if (type < 0xca) return this.#skipBytes(this.#uint(1 << (type - 0xc7)) + 1);
    if (type < 0xcc) return this.#skipBytes(type === 0xca ? 4 : 8);
    if (type < 0xd4) return this.#skipBytes(1 << ((type - 0xcc) % 4));
    if (type < 0xd9) return this.#skipBytes((1 << (type - 0xd4)) + 1);
    const length = this.#uint(type % 2 === 0 ? 2 : 4);
    return type < 0xde ? length : 2 * length;
  }

  #skipBytes(count: number): 0 {
    this.#offset += count;
    return 0;
  }

  #uint(bytes: number): number {
    const value = this.#body.readUIntBE(this.#offset, bytes);
    this.#offset += bytes;
    return value;
  }
}
