import {
  type Baggage,
  type BaggageEntry,
  baggageEntryMetadataFromString,
  type Context,
  propagation,
} from '@opentelemetry/api';
import { type Fields, firstFound, isPrintable, type ReadField } from './fields';

export const BAGGAGE = 'baggage';

// Datadog's limits, the same for what is read and for what is written.
const MAX_ITEMS = 64;
const MAX_BYTES = 8192;

/**
 * Reads `baggage` from the first source that has a valid one; one malformed pair discards the header whole, as in every
 * Datadog tracer.
 */
export function extractBaggage(sources: readonly ReadField[]): Baggage | undefined {
  const entries = firstFound(sources, (read) => parseBaggage(read(BAGGAGE)));
  return entries && propagation.createBaggage(entries);
}

/** The entries of a W3C baggage header up to the limits; `undefined` if it is malformed or empty. */
export function parseBaggage(header: string | undefined): Record<string, BaggageEntry> | undefined {
  if (!header) return undefined;
  const entries: Map<string, BaggageEntry> = new Map();
  let bytes = 0;
  for (const member of header.split(',', MAX_ITEMS)) {
    bytes += Buffer.byteLength(member) + 1;
    if (bytes - 1 > MAX_BYTES) break;
    const semicolon = member.indexOf(';');
    const pair = semicolon < 0 ? member : member.slice(0, semicolon);
    const equals = pair.indexOf('=');
    const key = decode(pair.slice(0, Math.max(equals, 0)).trim());
    const value = decode(pair.slice(equals + 1).trim());
    if (equals < 0 || !key || !value) return undefined;
    const metadata = semicolon < 0 ? undefined : baggageEntryMetadataFromString(member.slice(semicolon + 1).trim());
    entries.set(key, metadata ? { value, metadata } : { value });
  }
  return entries.size > 0 ? Object.fromEntries(entries) : undefined;
}

/** Writes the context's baggage, whole items only, and stops at the first that does not fit. */
export function injectBaggage(context: Context, fields: Fields): void {
  const members: string[] = [];
  let bytes = 0;
  for (const [key, { value, metadata }] of propagation.getBaggage(context)?.getAllEntries() ?? []) {
    const pair = encodePair(key, value);
    if (pair === undefined) continue;
    const suffix = metadata && isPrintable(metadata.toString()) ? metadata.toString() : '';
    const member = suffix && !suffix.includes(',') ? `${pair};${suffix}` : pair;
    bytes += member.length + (members.length > 0 ? 1 : 0);
    if (members.length === MAX_ITEMS || bytes > MAX_BYTES) break;
    members.push(member);
  }
  if (members.length > 0) fields[BAGGAGE] = members.join(',');
}

/** `undefined` for what no header can hold: an empty key or value, a lone surrogate. */
function encodePair(key: string, value: string): string | undefined {
  if (key === '' || value === '') return undefined;
  try {
    // `(`, `)` are legal in a URI component but not in a token.
    return `${encodeURIComponent(key).replace(/[()]/g, (c) => (c === '(' ? '%28' : '%29'))}=${encodeURIComponent(value)}`;
  } catch {
    return undefined;
  }
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
