import { DATADOG_ATTRIBUTE, formatDatadogAttribute } from '../carriers/datadog-attribute';
import { isObject } from '../carriers/is-object';
import { withMember } from '../carriers/json-member';
import { BAGGAGE } from '../propagation/baggage';
import type { Fields } from '../propagation/fields';
import { type EntryWriter, withEntries } from './writer';

/** The JSON of `_datadog` in a body; `undefined` for baggage alone, which is no context of Datadog's: what a forwarded body has lives on. */
export function bodyContext(fields: Fields): string | undefined {
  return Object.keys(fields).every((name) => name === BAGGAGE) ? undefined : formatDatadogAttribute(fields);
}

/** The body with the context, instead of one that it has already; `undefined` if it is no JSON object. */
export function withBodyContext(body: string, context: string): string | undefined {
  return withMember(body, DATADOG_ATTRIBUTE, context);
}

/**
 * The input with each entry of its list written, or the first alone; but as it was where all entries together would then have more bytes than
 * the limit. The first ones have it before the others.
 */
export function withEntriesWithin(
  limit: number,
  sizeOf: (entry: object) => number,
  input: object,
  list: string,
  write: EntryWriter,
  everyEntry: boolean,
): object {
  const entries: unknown = (input as Record<string, unknown>)[list];
  if (!Array.isArray(entries)) return input;
  let total = entries.reduce((sum: number, entry) => sum + (isObject(entry) ? sizeOf(entry) : 0), 0);
  const writeWithin: EntryWriter = (entry, index) => {
    const written = write(entry, index);
    if (written === entry) return entry;
    const size = total + sizeOf(written) - sizeOf(entry);
    if (size > limit) return entry;
    total = size;
    return written;
  };
  return withEntries(input, list, writeWithin, everyEntry);
}
