import { randomBytes } from 'node:crypto';

/** A text map. */
export type Headers = Record<string, string>;

/** What a trace brings along; every trace of a pool has the same, but for its ids. */
export interface TraceShape {
  readonly baggageItems: number;
  /** Members of `tracestate` beside `dd`. */
  readonly foreignMembers: number;
  /** Characters of `x-datadog-tags`; `undefined` for what a tracer sends (decision maker, upper half of the trace id). */
  readonly tagsLength?: number;
}

export interface Trace {
  readonly traceId: string;
  readonly headers: Headers;
  readonly baggage: Readonly<Record<string, string>>;
}

const UPPER_HALF = '6b0305aa00000000';

/** Distinct traces as they arrive over HTTP. */
export function inboundTraces(count: number, shape: TraceShape): Trace[] {
  const baggage = baggageOf(shape.baggageItems);
  return Array.from({ length: count }, () => inboundTrace(shape, baggage));
}

/** 16 hex digits that are an id to both sides: dd-trace's are positive as signed numbers too. */
function randomId(): string {
  const bytes = randomBytes(8);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function inboundTrace({ foreignMembers, tagsLength }: TraceShape, baggage: Record<string, string>): Trace {
  const lowerHalf = randomId();
  const spanId = randomId();
  // Without room for the tag of the upper half the trace has none, or its two formats would name two traces.
  const upperHalf = tagsLength === undefined ? UPPER_HALF : '0'.repeat(16);
  const tags = tagsLength === undefined ? `_dd.p.dm=-1,_dd.p.tid=${upperHalf}` : tagsOf(tagsLength);
  const foreign = Array.from({ length: foreignMembers }, (_, index) => `,vendor${index}=value-${index}`).join('');
  const pairs = Object.entries(baggage).map(([key, value]) => `${key}=${value}`);
  return {
    traceId: upperHalf + lowerHalf,
    baggage,
    headers: received({
      'x-datadog-trace-id': BigInt(`0x${lowerHalf}`).toString(),
      'x-datadog-parent-id': BigInt(`0x${spanId}`).toString(),
      'x-datadog-sampling-priority': '1',
      ...(tags && { 'x-datadog-tags': tags }),
      traceparent: `00-${upperHalf}${lowerHalf}-${spanId}-01`,
      tracestate: `dd=s:1;p:${spanId};t.dm:-1${foreign}`,
      ...(pairs.length > 0 && { baggage: pairs.join(',') }),
    }),
  };
}

/** As a library makes them from what came over the network: no string of the sender's, and none in pieces. */
export function received<T>(carrier: T): T {
  return JSON.parse(JSON.stringify(carrier));
}

function baggageOf(items: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: items }, (_, index) => [`application.key-${index}`, `value-${index}`]),
  );
}

const TAG_LENGTH = 32;

/** Tags of 32 characters each, comma included, the last one as long as there is room. */
function tagsOf(length: number): string {
  let tags = '';
  for (let index = 0; tags.length < length; index += 1) {
    const name = `${tags && ','}_dd.p.tag${String(index).padStart(2, '0')}=`;
    tags += name.padEnd(Math.min(TAG_LENGTH, length - tags.length), 'v');
  }
  return tags;
}
