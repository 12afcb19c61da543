// What the table of accepted differences has to know of a header set: read by the letter of the formats, apart from the code under
// test.
import type { Headers } from './peer.ts';

export const DATADOG_NAMES = [
  'x-datadog-trace-id',
  'x-datadog-parent-id',
  'x-datadog-sampling-priority',
  'x-datadog-origin',
  'x-datadog-tags',
];

const MAX_ID = 2n ** 64n - 1n;
const MAX_TAGS = 512;

export interface Traceparent {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
}

/** A valid `traceparent`; `undefined` for any other. */
export function traceparentOf({ traceparent = '' }: Headers): Traceparent | undefined {
  const text = traceparent.replace(/^[ \t]+|[ \t]+$/g, '');
  const [, version, traceId = '', spanId = '', flags = '', tail] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[^,]*)?$/.exec(text) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && tail !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/** Whether the text is a Datadog id but for spaces around it: decimal, not 0, of at most 64 bits. */
export function isDatadogId(text: string | undefined): boolean {
  return text !== undefined && /^\s*\d{1,20}\s*$/.test(text) && BigInt(text) > 0n && BigInt(text) <= MAX_ID;
}

/** A Datadog id in hex. */
export function hexId(text: string | undefined): string | undefined {
  return text !== undefined && isDatadogId(text) ? BigInt(text).toString(16).padStart(16, '0') : undefined;
}

/** The 128-bit trace id of valid Datadog headers, in hex. */
export function datadogTraceIdOf(headers: Headers): string | undefined {
  const lowerHalf = hexId(headers['x-datadog-trace-id']);
  if (lowerHalf === undefined) return undefined;
  const { 'x-datadog-tags': tags = '' } = headers;
  const upperHalf =
    pairsOf(tags.length > MAX_TAGS ? '' : tags, ',', '=').findLast(([key]) => key === '_dd.p.tid')?.[1] ?? '';
  const tid = /^[0-9a-f]{16}$/i.test(upperHalf) ? upperHalf.toLowerCase() : '0'.repeat(16);
  return tid + lowerHalf;
}

/** Whether Datadog's headers and `traceparent` are both valid and speak of the same trace. */
export function isOneTrace(headers: Headers): boolean {
  const w3c = traceparentOf(headers);
  return w3c !== undefined && w3c.traceId === datadogTraceIdOf(headers);
}

/** The members of `tracestate`, without whitespace around them. */
export function membersOf({ tracestate }: Headers): [key: string, value: string][] {
  return pairsOf(tracestate, ',', '=').filter(([key, value]) => key !== '' || value !== '');
}

/** The fields of the `dd` member of `tracestate`. */
export function datadogFieldsOf(headers: Headers): ReadonlyMap<string, string> {
  return new Map(datadogPairsOf(headers));
}

/** The same, in their order, and with those that come twice. */
export function datadogPairsOf(headers: Headers): [key: string, value: string][] {
  return pairsOf(membersOf(headers).find(([key]) => key === 'dd')?.[1], ';', ':');
}

/** The headers with these fields in the `dd` member. */
export function withDatadogPairs(headers: Headers, pairs: readonly (readonly [string, string])[]): Headers {
  const member = `dd=${pairs.map(([key, value]) => `${key}:${value}`).join(';')}`;
  const members = headers.tracestate?.split(',') ?? [];
  return { ...headers, tracestate: members.map((other) => (/^\s*dd=/.test(other) ? member : other)).join(',') };
}

/** The parts of a list, each cut at its first separator; the key is trimmed, and the value at its end. */
export function pairsOf(text: string | undefined, separator: string, between: string): [string, string][] {
  if (text === undefined || text === '') return [];
  return text.split(separator).map((part) => {
    const at = part.indexOf(between);
    return at < 0 ? [part.trim(), ''] : [part.slice(0, at).trim(), part.slice(at + 1).trimEnd()];
  });
}

export function without(headers: Headers, names: readonly string[]): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}
