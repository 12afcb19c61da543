/**
 * What a template leaves open: characters that no field can hold stand for what differs between two injects of the same
 * state.
 */
export const OPEN = {
  traceId: '\u0000',
  upperHalf: '\u0001',
  lowerHalf: '\u0002',
  /** The lower half in decimal. */
  datadogTraceId: '\u0003',
  spanId: '\u0004',
  /** The span id in decimal. */
  datadogSpanId: '\u0005',
  baggage: '\u0006',
} as const;

/** What to put in, in the order of `OPEN`. */
export type Fillings = readonly string[];

const CODES = Object.keys(OPEN).length;

/** A text around its open places, of which there is one less than there are pieces. */
export interface Template {
  readonly pieces: readonly string[];
  readonly places: readonly number[];
}

/** Takes the text apart at its open places. */
export function compile(text: string): Template {
  const pieces: string[] = [];
  const places: number[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= CODES) continue;
    pieces.push(text.slice(start, index));
    places.push(code);
    start = index + 1;
  }
  pieces.push(text.slice(start));
  return { pieces, places };
}

/** Of what is put in, in the order of `OPEN`; of the decimal ids and of baggage it differs. */
const LENGTHS: readonly number[] = [32, 16, 16, Number.NaN, 16, Number.NaN, Number.NaN];

/** Where a text stands. */
export interface Position {
  readonly start: number;
  readonly end: number;
}

/** Where in a text this part of it will stand when both are filled, if that is always the same. */
export function positionOf(part: string, text: string): Position | undefined {
  const index = text.indexOf(part);
  const start = filledLength(text.slice(0, index));
  const end = start + filledLength(part);
  return index < 0 || Number.isNaN(end) ? undefined : { start, end };
}

function filledLength(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index += 1) length += LENGTHS[text.charCodeAt(index)] ?? 1;
  return length;
}

export function fill({ pieces, places }: Template, fillings: Fillings): string {
  let text = pieces[0] as string;
  for (let index = 0; index < places.length; index += 1) {
    text += (fillings[places[index] as number] as string) + (pieces[index + 1] as string);
  }
  return text;
}
