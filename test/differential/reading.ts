// What the table of accepted differences has to know of a header set: read by the letter of the formats, apart from the code
// under test.
import type { Headers } from './peer.ts';

export const TRACE_ID = 'x-datadog-trace-id';
export const PARENT_ID = 'x-datadog-parent-id';
export const PRIORITY = 'x-datadog-sampling-priority';
export const ORIGIN = 'x-datadog-origin';
export const TAGS = 'x-datadog-tags';

export const B3_NAMES = ['x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'x-b3-flags'];

/** Characters of a member that the tracers write. */
export const MAX_MEMBER = 256;
export const MAX_MEMBERS = 32;

const MAX_ID = 2n ** 64n - 1n;
const UPPER_HALF = /^[0-9a-f]{16}$/i;
const MEMBER_KEY = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
const MEMBER_VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

export type Pair = readonly [key: string, value: string];

/** The parts of a list, without whitespace around them, each cut at its first separator. */
export function pairsOf(text: string | undefined, separator: string, between: string): Pair[] {
  if (text === undefined || text === '') return [];
  return text.split(separator).map((part) => {
    const trimmed = part.replace(/^[ \t]+|[ \t]+$/g, '');
    const at = trimmed.indexOf(between);
    return at < 0 ? [trimmed, ''] : [trimmed.slice(0, at), trimmed.slice(at + 1)];
  });
}

export function without(headers: Headers, ...names: readonly string[]): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}

const NAMES_OF_STYLES: Readonly<Record<string, readonly string[]>> = {
  datadog: [TRACE_ID, PARENT_ID, PRIORITY, ORIGIN, TAGS],
  tracecontext: ['traceparent', 'tracestate'],
  baggage: ['baggage'],
  b3: ['b3'],
  b3multi: B3_NAMES,
};

/** The headers of the formats that are read. */
export function ofStyles(headers: Headers, styles: readonly string[]): Headers {
  const names = styles.flatMap((style) => NAMES_OF_STYLES[style] ?? []);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => names.includes(name)));
}

export function withoutDatadog(headers: Headers): Headers {
  return without(headers, TRACE_ID, PARENT_ID, PRIORITY, ORIGIN, TAGS);
}

/** The headers with one of them changed, if it is there. */
export function changed(headers: Headers, name: string, change: (text: string) => string): Headers {
  const text = headers[name];
  return text === undefined ? headers : { ...headers, [name]: change(text) };
}

/** Whether the text is a Datadog id but for spaces around it: decimal, not 0, of at most 64 bits. */
export function isDatadogId(text: string | undefined): text is string {
  return text !== undefined && /^\s*\d{1,20}\s*$/.test(text) && BigInt(text) > 0n && BigInt(text) <= MAX_ID;
}

/** A Datadog id in hex. */
export function hexId(text: string | undefined): string | undefined {
  return isDatadogId(text) ? BigInt(text).toString(16).padStart(16, '0') : undefined;
}

export function isPriority(text: string | undefined): boolean {
  return text !== undefined && /^\s*-?\d{1,9}\s*$/.test(text);
}

/** The upper halves that the tags name, in their order. */
export function upperHalvesOf({ [TAGS]: tags = '' }: Headers): string[] {
  return pairsOf(tags, ',', '=').flatMap(([key, value]) => (key.trimEnd() === '_dd.p.tid' ? [value.trimStart()] : []));
}

export function isUpperHalf(text: string): boolean {
  return UPPER_HALF.test(text);
}

/** The 128-bit trace id of valid Datadog headers, in hex. */
export function datadogTraceIdOf(headers: Headers): string | undefined {
  const lowerHalf = hexId(headers[TRACE_ID]);
  if (lowerHalf === undefined) return undefined;
  const upperHalf = upperHalvesOf(headers).at(-1) ?? '';
  return (isUpperHalf(upperHalf) ? upperHalf.toLowerCase() : '0'.repeat(16)) + lowerHalf;
}

export interface Traceparent {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  readonly random: boolean;
}

/** A valid `traceparent`; `undefined` for any other. */
export function traceparentOf({ traceparent = '' }: Headers): Traceparent | undefined {
  const text = traceparent.replace(/^[ \t]+|[ \t]+$/g, '');
  const [, version, traceId = '', spanId = '', flags = '', tail] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[^,]*)?$/.exec(text) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && tail !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  const bits = Number.parseInt(flags, 16);
  return { traceId, spanId, sampled: (bits & 1) !== 0, random: (bits & 2) !== 0 };
}

/** The 128-bit trace id of valid B3 headers, single or many. */
export function b3TraceIdOf(headers: Headers): string | undefined {
  return b3IdsOf(headers)?.[0];
}

export function b3SpanIdOf(headers: Headers): string | undefined {
  return b3IdsOf(headers)?.[1];
}

function b3IdsOf({ b3, 'x-b3-traceid': traceId, 'x-b3-spanid': spanId }: Headers): [string, string] | undefined {
  const [id = '', span = ''] = b3?.split('-') ?? [traceId, spanId];
  const isValid = /^(?:[0-9a-f]{16}){1,2}$/i.test(id) && /^[0-9a-f]{16}$/i.test(span);
  return isValid && !/^0+$/.test(id) && !/^0+$/.test(span)
    ? [id.toLowerCase().padStart(32, '0'), span.toLowerCase()]
    : undefined;
}

/** Whether `traceparent` and another format are both valid and speak of the same trace. */
export function isOneTrace(headers: Headers): boolean {
  const traceId = traceparentOf(headers)?.traceId;
  return traceId !== undefined && (traceId === datadogTraceIdOf(headers) || traceId === b3TraceIdOf(headers));
}

/** Whether the headers have a decision in B3's form and no ids that it is of. */
export function isDecisionAlone(headers: Headers): boolean {
  const { b3 = '', 'x-b3-sampled': sampled, 'x-b3-flags': flags } = headers;
  const isDecision = (b3 !== '' && !/^[^-]*-[^-]*-?$/.test(b3)) || Boolean(sampled) || Boolean(flags);
  return isDecision && b3TraceIdOf(headers) === undefined;
}

/** The members of `tracestate`, without whitespace around them. */
export function membersOf({ tracestate }: Headers): Pair[] {
  return pairsOf(tracestate, ',', '=').filter(([key, value]) => key !== '' || value !== '');
}

/** Whether W3C allows the members other than `dd`, but for keys that come twice; too long a list that has `dd` is cut, and so allowed. */
export function isLegalList({ tracestate }: Headers): boolean {
  const parts = (tracestate ?? '').split(',').filter((part) => part.trim() !== '');
  const others = pairsOf(parts.join(','), ',', '=').filter(([key]) => key !== 'dd');
  if (others.length === parts.length && others.length > MAX_MEMBERS) return false;
  if (parts.some((part) => !part.includes('='))) return false;
  return others.every(([key, value]) => MEMBER_KEY.test(key) && MEMBER_VALUE.test(value));
}

/** The keys that come twice. */
export function repeatedKeys(pairs: readonly Pair[]): string[] {
  return pairs.flatMap(([key], index) => (pairs.findIndex(([other]) => other === key) < index ? [key] : []));
}

/** The fields of the `dd` member of `tracestate`, in their order. */
export function datadogPairsOf(headers: Headers): Pair[] {
  return pairsOf(datadogMemberOf(headers), ';', ':');
}

/** The fields of all `dd` members. */
export function allDatadogPairsOf({ tracestate = '' }: Headers): Pair[] {
  return tracestate
    .split(',')
    .filter(isDatadogMember)
    .flatMap((part) => pairsOf(part.trim().slice('dd='.length), ';', ':'));
}

/** The same by name: of a field that comes twice the last counts. */
export function datadogFieldsOf(headers: Headers): ReadonlyMap<string, string> {
  return new Map(datadogPairsOf(headers));
}

export function datadogMemberOf({ tracestate }: Headers): string | undefined {
  return pairsOf(tracestate, ',', '=').find(
    ([key], index) => key === 'dd' && tracestate?.split(',')[index]?.includes('='),
  )?.[1];
}

/** The headers with these fields in their `dd` members. */
export function withDatadogPairs(headers: Headers, pairs: readonly Pair[]): Headers {
  const member = `dd=${pairs.map(([key, value]) => `${key}:${value}`).join(';')}`;
  return changedMembers(headers, (part) => (isDatadogMember(part) ? member : part));
}

/** The headers without `dd` in `tracestate`. */
export function withoutDatadogMember(headers: Headers): Headers {
  return changedMembers(headers, (part) => (isDatadogMember(part) ? [] : part));
}

export function changedMembers(headers: Headers, change: (part: string) => string | string[]): Headers {
  return changed(headers, 'tracestate', (text) => text.split(',').flatMap(change).join(','));
}

export function isDatadogMember(part: string): boolean {
  return /^[ \t]*dd=/.test(part);
}

/** Whether the field of a `dd` member is one that no header can hold. */
export function isNoField([key, value]: Pair): boolean {
  if (!/^[\x20-\x7e]*$/.test(key + value)) return true;
  if (!key.startsWith('t.')) return (key + value).includes('=');
  return !/^t\.[\x21-\x2b\x2d-\x3c\x3e-\x7e]+$/.test(key);
}

export function baggagePairsOf(headers: Headers): Pair[] {
  return pairsOf(headers.baggage, ',', '=');
}

export function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) =>
    Buffer.from(encoded.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}
