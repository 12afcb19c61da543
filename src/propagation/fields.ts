/**
 * Reads one field of a carrier by its lower-case name. What a carrier repeats arrives joined by
 * commas, as HTTP defines it.
 */
export type ReadField = (name: string) => string | undefined;

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
