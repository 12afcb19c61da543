import { type BaggageEntry, baggageEntryMetadataFromString } from '@opentelemetry/api';
import { isPrintable } from './fields';
import type { InjectSettings } from './propagation-settings';

/** How much of a header is read, or written. */
export type BaggageLimits = Pick<InjectSettings, 'baggageMaxItems' | 'baggageMaxBytes'>;

/** By key, in the order of the header. */
export type BaggageEntries = ReadonlyMap<string, BaggageEntry>;

/** The entries of a W3C baggage header up to the limits, the rest unread; `undefined` if it is malformed or empty. */
export function parseBaggage(header: string, limits: BaggageLimits): BaggageEntries | undefined {
  const { baggageMaxItems, baggageMaxBytes } = limits;
  const entries = new Map<string, BaggageEntry>();
  // One look at a header that may fit, instead of one at each member.
  const plain = header.length <= baggageMaxBytes && isPrintable(header);
  let items = 0;
  let bytes = 0;
  for (let start = 0; start < header.length && items < baggageMaxItems; ) {
    const comma = header.indexOf(',', start);
    const end = comma < 0 ? header.length : comma;
    // No character has less than a byte, so what is longer than the limit need not be looked at to be counted.
    if (end - start > baggageMaxBytes) break;
    const member = header.slice(start, end);
    bytes += (plain ? member.length : Buffer.byteLength(member)) + (start === 0 ? 0 : 1);
    if (bytes > baggageMaxBytes) break;
    start = end + 1;
    const semicolon = member.indexOf(';');
    const pair = semicolon < 0 ? member : member.slice(0, semicolon);
    const equals = pair.indexOf('=');
    const key = equals < 0 ? '' : decode(pair.slice(0, equals).trim());
    const value = decode(pair.slice(equals + 1).trim());
    // An empty element of a list is nothing: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.1.2
    if (!value && equals < 0 && semicolon < 0) continue;
    items += 1;
    if (!key || !value) return undefined;
    entries.set(
      key,
      semicolon < 0
        ? { value }
        : { value, metadata: baggageEntryMetadataFromString(member.slice(semicolon + 1).trim()) },
    );
  }
  return items > 0 ? entries : undefined;
}

/** The entries as a header, whole items only, up to the first that does not fit; `''` for none. */
export function formatEntries(
  entries: Iterable<readonly [key: string, entry: BaggageEntry]>,
  { baggageMaxItems, baggageMaxBytes }: BaggageLimits,
): string {
  let header = '';
  let items = 0;
  for (const [key, { value, metadata }] of entries) {
    const pair = encodePair(key, value);
    if (pair === undefined) continue;
    const properties = metadata?.toString();
    const member = properties && PROPERTIES.test(properties) ? `${pair};${properties}` : pair;
    const longer = header === '' ? member : `${header},${member}`;
    if (items === baggageMaxItems || longer.length > baggageMaxBytes) break;
    header = longer;
    items += 1;
  }
  return header;
}

// https://www.w3.org/TR/baggage/#property: of what is printable, neither `,` nor `"` nor `\\`.
const PROPERTIES = /^[\x20\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+$/;

// A token, as W3C wants a key, but for `%`, which would be decoded. https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
const PLAIN_KEY = /^[!#$&'*+\-.^_`|~0-9A-Za-z]+$/;
const PLAIN_VALUE = /^[A-Za-z0-9\-_.!~*'()]+$/;

/** `undefined` for what no header can hold: an empty key or value, a lone surrogate. */
function encodePair(key: string, value: string): string | undefined {
  if (key === '' || value === '') return undefined;
  try {
    return `${PLAIN_KEY.test(key) ? key : encodeKey(key)}=${PLAIN_VALUE.test(value) ? value : encodeURIComponent(value)}`;
  } catch {
    return undefined;
  }
}

function encodeKey(key: string): string {
  // `(` and `)` are legal in a URI component but not in a token.
  return encodeURIComponent(key).replace(/[()]/g, (parenthesis) => (parenthesis === '(' ? '%28' : '%29'));
}

const ENCODED_BYTES = /(?:%[0-9A-Fa-f]{2})+/g;

/** Bytes that are no UTF-8 become the replacement character, as W3C says: https://www.w3.org/TR/baggage/#value */
function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(ENCODED_BYTES, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'));
  }
}
