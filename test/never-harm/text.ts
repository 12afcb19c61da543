import type { Random } from '../differential/random.ts';

const CHUNKS = [
  'plain text ',
  'x',
  '"quoted", \\backslash\\ ',
  'Köln größer ',
  '中文字符',
  '<a href="#">&amp;</a>\n',
  '\t\r\n',
  '{"a":1}',
  'traceparent=00-',
  '\ufffd\ue000',
];
const NOT_FOR_ALL = ['\u{1f600}', '\u0001', '\u0000', '\ud800', '\ufffe', '\u007f', '\u0085'];

/** Text of exactly so many bytes in UTF-8, made of a few pieces: what costs time is sending it. */
export function textOf(random: Random, bytes: number): string {
  if (bytes <= 0) return '';
  const head = `${random.hex(Math.min(8, bytes))}`;
  let text = head;
  let length = head.length;
  while (length < bytes) {
    const chunk = random.pick(CHUNKS);
    const size = Buffer.byteLength(chunk);
    const times = Math.min(Math.floor((bytes - length) / size), random.between(1, Math.max(8, Math.ceil(bytes / 4))));
    if (times === 0) {
      text += 'y'.repeat(Math.min(bytes - length, 3));
      length += Math.min(bytes - length, 3);
    } else {
      text += chunk.repeat(times);
      length += times * size;
    }
  }
  return text;
}

/** Mostly short; now and then of some KiB, empty, or with a character that a service may refuse. */
export function shortText(random: Random): string {
  if (random.chance(2)) return '';
  if (random.chance(4)) return `a${random.pick(NOT_FOR_ALL)}b`;
  return textOf(random, random.chance(90) ? random.between(1, 200) : random.between(1, 12 * 1024));
}
