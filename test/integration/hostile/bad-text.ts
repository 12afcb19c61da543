/** A generator of numbers below a limit that gives the same ones for the same seed. */
export type Random = (limit: number) => number;

/** https://en.wikipedia.org/wiki/Linear_congruential_generator, its upper bits. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** What no header can hold, or not every one. */
const BAD = [
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\nGET / HTTP/1.1',
  '\0',
  '\x01',
  '\x07',
  '\b',
  '\t',
  '\v',
  '\f',
  '\x1b[31m',
  '\x1f',
  '\x7f',
  '\x80',
  '\x85',
  '\xa0',
  '\xe9',
  '\xff',
  '\u0130',
  '\u4e2d',
  '\u200b',
  '\u2028',
  '\ud800',
  '\udfff',
  '\ufeff',
  '\ufffe',
  '\uffff',
  '\u{1f600}',
  '\u{10ffff}',
] as const;

const PLACES: readonly ((text: string, bad: string, random: Random) => string)[] = [
  (text, bad) => bad + text,
  (text, bad) => text + bad,
  (text, bad) => insert(text, Math.floor(text.length / 2), bad),
  (text, bad, random) => insert(text, random(text.length + 1), bad),
  (text, bad) => afterEach(text, /[,;]/g, bad),
  (text, bad) => afterEach(text, /[=:]/g, bad),
  (text, bad, random) => replace(text, random(text.length), bad),
  (_text, bad) => bad,
  (text, bad, random) => insert(insert(text, random(text.length + 1), bad), random(text.length + 1), bad),
];

/** How many kinds of bad text there are in how many places. */
export const WAYS = BAD.length * PLACES.length;

/** The text with something bad in it, in the way of that number. */
export function spoiled(text: string, way: number, random: Random): string {
  const bad = BAD[way % BAD.length] as string;
  const place = PLACES[Math.floor(way / BAD.length) % PLACES.length] as (typeof PLACES)[number];
  return place(text, bad, random);
}

function insert(text: string, index: number, bad: string): string {
  return text.slice(0, index) + bad + text.slice(index);
}

function replace(text: string, index: number, bad: string): string {
  return text.slice(0, index) + bad + text.slice(index + 1);
}

function afterEach(text: string, separator: RegExp, bad: string): string {
  return text.replace(separator, (found) => found + bad);
}
