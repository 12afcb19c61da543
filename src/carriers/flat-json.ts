import type { ReadField } from '../propagation/fields';
import { FIELD_NAMES } from '../propagation/text-map';

const QUOTE = 34;
const SPACE = 32;
const COMMA = 44;
const COLON = 58;
const OPEN = 123;
const CLOSE = 125;

const NO_VALUES: readonly undefined[] = FIELD_NAMES.map(() => undefined);
const INDEX: ReadonlyMap<string, number> = new Map(FIELD_NAMES.map((name, field) => [name, field]));

/** The text from the end of a value, its closing quote, to the start of the next: `","traceparent":"`. */
interface Step {
  readonly text: string;
  /** Index of the field that the next value is of; below zero for any other name. */
  readonly field: number;
}

/**
 * The step that came behind each field, and first of all (the last element), in the texts before: a tracer writes them in the same way each
 * time, so a guess is mostly right, and to confirm it takes less than to read it.
 */
const steps: (Step | undefined)[] = [];
const START = FIELD_NAMES.length;
const LONGEST_KEPT = 64;

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
  for (let index = 0; index === 0 || !isEnd(json, index); ) {
    let step = steps[last];
    // Found at once where it stands here; to cut out what stands here and compare takes half as long again.
    if (step === undefined || json.indexOf(step.text, index) !== index) {
      step = readStep(json, index);
      if (step === undefined) return undefined;
      if (step.field >= 0 && step.text.length <= LONGEST_KEPT) steps[last] = { ...step, text: apart(step.text) };
    }
    const start = index + step.text.length;
    index = json.indexOf('"', start);
    if (index < 0) return undefined;
    if (step.field < 0) continue;
    values[step.field] = json.slice(start, index);
    last = step.field;
  }
  return (name) => values[INDEX.get(name) as number];
}

/** The same as a text of its own: a part of another text keeps that in memory, and is searched for more slowly. */
function apart(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/** Whether nothing but the object's end stands behind the quote at `index`. */
function isEnd(json: string, index: number): boolean {
  const end = json.length - 1;
  return json.charCodeAt(end) === CLOSE && afterSpaces(json, index + 1) === end;
}

function readStep(json: string, index: number): Step | undefined {
  const opening = index === 0 ? 0 : at(COMMA, json, index + 1);
  const name = opening < 0 ? -1 : at(QUOTE, json, opening + 1);
  const nameEnd = name < 0 ? -1 : json.indexOf('"', name + 1);
  const colon = nameEnd < 0 ? -1 : at(COLON, json, nameEnd + 1);
  const value = colon < 0 ? -1 : at(QUOTE, json, colon + 1);
  if (value < 0) return undefined;
  return { text: json.slice(index, value + 1), field: INDEX.get(json.slice(name + 1, nameEnd)) ?? -1 };
}

/** Where this character stands, here or behind spaces; below zero where another one does. */
function at(code: number, json: string, start: number): number {
  const index = afterSpaces(json, start);
  return json.charCodeAt(index) === code ? index : -1;
}

function afterSpaces(json: string, start: number): number {
  let index = start;
  while (json.charCodeAt(index) === SPACE) index += 1;
  return index;
}
