/**
 * Reads one field of a carrier by its lower-case name. What a carrier repeats arrives joined by
 * commas, as HTTP defines it.
 */
export type ReadField = (name: string) => string | undefined;

/** What the first source that has it gives; the others are not asked. */
export function firstFound<T>(
  sources: readonly ReadField[],
  find: (source: ReadField) => T | undefined,
): T | undefined {
  for (const source of sources) {
    const found = find(source);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Reads from a source a field that belongs to the id in its field `idName`, and what it lacks from those other sources that name no
 * other id there.
 */
export function readFilledIn(
  source: ReadField,
  sources: readonly ReadField[],
  idName: string,
  name: string,
): string | undefined {
  const value = source(name);
  if (value !== undefined || sources.length === 1) return value;
  for (const other of sources) {
    const found = other === source ? undefined : other(name);
    if (found === undefined) continue;
    const id = other(idName);
    if (id === undefined || id === source(idName)) return found;
  }
  return undefined;
}

/** Fields by name, in the order in which they are written. */
export type Fields = Record<string, string>;

const PRINTABLE = /^[\x20-\x7e]*$/;

/**
 * Whether every carrier can hold the value. CR, LF, NUL, DEL and what is not ASCII are illegal in
 * HTTP headers, where they end the process: undici throws in a diagnostics channel that nobody catches.
 */
export function isPrintable(value: string): boolean {
  return PRINTABLE.test(value);
}
