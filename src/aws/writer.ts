import { copyWith } from '../carriers/copy';
import { isObject } from '../carriers/is-object';
import type { AwsSettings } from '../configuration/aws';
import type { Fields } from '../propagation/fields';

/**
 * Gives the input of a call with the fields on it: a copy, or the very same object where there is nothing to write. It changes
 * nothing of what it is given, asks for the fields only if it can write them, and need not catch what goes wrong.
 * `now` is in milliseconds since 1970.
 */
export type Writer = (input: object, fields: () => Fields, settings: AwsSettings, now: () => number) => object;

/** One entry of a batch, copied as an input is. */
export type EntryWriter = (entry: object, index: number) => object;

/** The input with each entry of its list written, or the first alone; the very same object where no entry changes. */
export function withEntries(input: object, list: string, write: EntryWriter, everyEntry: boolean): object {
  const entries: unknown = (input as Record<string, unknown>)[list];
  if (!Array.isArray(entries)) return input;
  let written: unknown[] | undefined;
  const count = everyEntry ? entries.length : Math.min(entries.length, 1);
  for (let index = 0; index < count; index += 1) {
    const entry: unknown = entries[index];
    if (!isObject(entry)) continue;
    const copy = write(entry, index);
    if (copy === entry) continue;
    written ??= [...entries];
    written[index] = copy;
  }
  return written === undefined ? input : copyWith(input, { [list]: written });
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
