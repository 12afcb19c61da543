import type { ReadField } from '../propagation/fields';
import { FIELD_NAMES } from '../propagation/text-map';

const QUOTE = 34;
const SPACE = 32;
const COMMA = 44;
const COLON = 58;
const OPEN = 123;
const CLOSE = 125;

/** The names of each length, so that most texts are compared with one of them. */
const NAMES_BY_LENGTH: readonly (readonly string[])[] = Array.from(
  { length: 1 + Math.max(...FIELD_NAMES.map((name) => name.length)) },
  (_, length) => FIELD_NAMES.filter((name) => name.length === length),
);

/**
 * Reads the fields that a context has from JSON of the plainest form, which is what tracers send: one object of strings without escapes, at
 * most spaces between its parts. `undefined` for any other text, which `JSON.parse` may still understand; it takes
 * several times as long. Names that are no field's are passed over; of a name twice the last counts, as in `JSON.parse`.
 */
export function readFlatJson(json: string): ReadField | undefined {
  if (json.charCodeAt(0) !== OPEN || json.includes('\\')) return undefined;
  const names: string[] = [];
  const values: string[] = [];
  for (let index = afterSpaces(json, 1); ; ) {
    if (json.charCodeAt(index) !== QUOTE) return undefined;
    const name = index + 1;
    const nameEnd = json.indexOf('"', name);
    if (nameEnd < 0) return undefined;
    const colon = afterSpaces(json, nameEnd + 1);
    const quote = afterSpaces(json, colon + 1);
    if (json.charCodeAt(colon) !== COLON || json.charCodeAt(quote) !== QUOTE) return undefined;
    const end = json.indexOf('"', quote + 1);
    if (end < 0) return undefined;
    const field = fieldAt(json, name, nameEnd);
    if (field !== undefined) {
      names.push(field);
      values.push(json.slice(quote + 1, end));
    }
    const next = afterSpaces(json, end + 1);
    if (json.charCodeAt(next) === CLOSE) {
      return next + 1 === json.length ? readerOf(names, values) : undefined;
    }
    if (json.charCodeAt(next) !== COMMA) return undefined;
    index = afterSpaces(json, next + 1);
  }
}

function afterSpaces(json: string, start: number): number {
  let index = start;
  while (json.charCodeAt(index) === SPACE) index += 1;
  return index;
}

function fieldAt(json: string, start: number, end: number): string | undefined {
  for (const name of NAMES_BY_LENGTH[end - start] ?? []) if (json.startsWith(name, start)) return name;
  return undefined;
}

function readerOf(names: readonly string[], values: readonly string[]): ReadField {
  return (field) => {
    for (let index = names.length - 1; index >= 0; index -= 1) if (names[index] === field) return values[index];
    return undefined;
  };
}
