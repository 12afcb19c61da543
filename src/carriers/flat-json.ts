import type { ReadField } from '../propagation/fields';
import { FIELD_NAMES } from '../propagation/text-map';

const QUOTE = 34;
const SPACE = 32;
const COMMA = 44;
const COLON = 58;
const OPEN = 123;

const NO_VALUES: readonly undefined[] = FIELD_NAMES.map(() => undefined);
const INDEX: ReadonlyMap<string, number> = new Map(FIELD_NAMES.map((name, field) => [name, field]));

/**
 * Which field came behind each one, and first of all (the last element), in the texts before: a tracer writes them in the same order each
 * time, so a guess is mostly right, and to confirm it takes less than to look a name up.
 */
const following: number[] = [...FIELD_NAMES.map((_, field) => field + 1), 0];
const START = FIELD_NAMES.length;

/**
 * Reads the fields that a context has from JSON of the plainest form, which is what tracers send: one object of strings without escapes, at
 * most spaces between its parts. `undefined` for any other text, which `JSON.parse` may still understand; but it makes more than is
 * asked for. Names that are no field's are passed over; of a name twice the last counts, as in `JSON.parse`.
 * A control character, which JSON forbids in a string, is let through: what cannot go out is dropped where it is written.
 */
export function readFlatJson(json: string): ReadField | undefined {
  if (json.charCodeAt(0) !== OPEN || json.includes('\\')) return undefined;
  const values: (string | undefined)[] = [...NO_VALUES];
  let last = START;
  for (let index = afterSpaces(json, 1); ; ) {
    const nameEnd = json.charCodeAt(index) === QUOTE ? json.indexOf('"', index + 1) : -1;
    if (nameEnd < 0) return undefined;
    const colon = at(COLON, json, nameEnd + 1);
    const quote = at(QUOTE, json, colon + 1);
    if (colon < 0 || quote < 0) return undefined;
    const end = json.indexOf('"', quote + 1);
    if (end < 0) return undefined;
    const name = json.slice(index + 1, nameEnd);
    let field = following[last] as number;
    if (FIELD_NAMES[field] !== name) {
      field = INDEX.get(name) ?? -1;
      if (field >= 0) following[last] = field;
    }
    if (field >= 0) {
      values[field] = json.slice(quote + 1, end);
      last = field;
    }
    const comma = at(COMMA, json, end + 1);
    if (comma < 0) {
      const ends = afterSpaces(json, end + 1) === json.length - 1 && json.endsWith('}');
      return ends ? (name) => values[INDEX.get(name) as number] : undefined;
    }
    index = afterSpaces(json, comma + 1);
  }
}

/** Where this character stands, here or behind spaces; below zero where another one does. */
function at(code: number, json: string, start: number): number {
  if (json.charCodeAt(start) === code) return start;
  const index = afterSpaces(json, start);
  return json.charCodeAt(index) === code ? index : -1;
}

function afterSpaces(json: string, start: number): number {
  let index = start;
  while (json.charCodeAt(index) === SPACE) index += 1;
  return index;
}
