import { isDeepStrictEqual } from 'node:util';
import type { Random } from '../differential/random.ts';
import { textOf } from './text.ts';

const SPACE = ['', '', '', '', ' ', '\n', '\r\n\t'];
const NAMES = [
  'a',
  'b',
  'a',
  'id',
  'detail',
  '',
  'ü',
  'x_datadog',
  '_datadog_',
  '__proto__',
  'traceparent',
  '\\u0061',
  '\\"',
];
const OURS = ['_datadog', '_datadog', '_\\u0064atadog'];
const PIECES = [
  'text',
  'Köln',
  '中',
  '\\u00e9',
  '\\ud83d\\ude00',
  '\\ud800',
  '\\"',
  '\\\\',
  '\\/',
  '\\n',
  '}',
  '{',
  ',',
  '_datadog',
];
const SCALARS = ['0', '-0', '12345678901234567890', '1E400', '1.10', '-1.5e-3', 'true', 'false', 'null', '{}', '[]'];

/** What is no JSON, or not for everybody. */
const SPOILED: readonly ((json: string) => string)[] = [
  (json) => `\ufeff${json}`,
  (json) => json.slice(0, -1),
  (json) => `${json},`,
  (json) => json.replace(/}\s*$/, ',}'),
  (json) => json.replaceAll('"', "'"),
  (json) => `${json}${json}`,
  (json) => json.replace('{', '{"n":NaN,'),
  (json) => json.replace('{', '{"n":01,'),
  (json) => json.replace('{', '{/* comment */'),
  (json) => json.replace('{', '{"raw\n":1,'),
  () => '',
  () => 'plain text',
  () => 'key=value&_datadog={}',
];

/** JSON as anybody might write it, mostly an object; now and then something that is none. */
export function randomJson(random: Random): string {
  const kind = random.below(100);
  if (kind < 5) return array(random, 2);
  if (kind < 8) return random.pick(SCALARS);
  const json = `${random.pick(SPACE)}${object(random, 3, true)}${random.pick(SPACE)}`;
  return kind < 20 ? random.pick(SPOILED)(json) : json;
}

/** A JSON object of exactly so many bytes. */
export function jsonOf(random: Random, bytes: number): string {
  const text = textOf(random, 4 * 1024).replaceAll(/[\\"\p{Cc}]/gu, 'z');
  const frame = Buffer.byteLength(`{"text":""}`);
  const times = Math.floor((bytes - frame) / Buffer.byteLength(text));
  const filled = text.repeat(Math.max(0, times));
  return `{"text":"${filled}${'z'.repeat(Math.max(0, bytes - frame - Buffer.byteLength(filled)))}"}`;
}

function object(random: Random, depth: number, mayHaveOurs: boolean): string {
  const members = Array.from({ length: random.below(5) }, () => member(random, random.pick(NAMES), depth));
  if (mayHaveOurs && random.chance(8)) members.splice(random.below(3), 0, member(random, random.pick(OURS), depth));
  return `{${random.pick(SPACE)}${members.join(`${random.pick(SPACE)},${random.pick(SPACE)}`)}${random.pick(SPACE)}}`;
}

function member(random: Random, name: string, depth: number): string {
  return `"${name}"${random.pick(SPACE)}:${random.pick(SPACE)}${value(random, depth - 1)}`;
}

function array(random: Random, depth: number): string {
  return `[${Array.from({ length: random.below(4) }, () => value(random, depth - 1)).join(`,${random.pick(SPACE)}`)}]`;
}

function value(random: Random, depth: number): string {
  if (depth <= 0 || random.chance(40)) return random.pick(SCALARS);
  if (random.chance(50)) return `"${Array.from({ length: random.below(6) }, () => random.pick(PIECES)).join('')}"`;
  return random.chance(70) ? object(random, depth, true) : array(random, depth);
}

const INSERTED = /^,?(\s*"_datadog"\s*:\s*\{.*\}),?$/s;

/**
 * What is wrong with the text that was sent for the application's own: it may have one member `_datadog` more, or another one in the place of
 * its own, and be no other else. `isThere`: whether it is to be there, since a reader may have taken it off.
 */
export function insertionProblems(own: string, sent: string, isThere = true): string[] {
  if (own === sent) return [];
  const before = parsed(own);
  const after = parsed(sent);
  if (before === undefined || after === undefined) return [`${shown(own)} became ${shown(sent)}`];
  const { _datadog: earlier, ...rest } = before;
  const { _datadog: written, ...others } = after;
  const problems: string[] = [];
  if (isThere ? !isTextMap(written) : written !== undefined)
    problems.push(`_datadog is ${shown(JSON.stringify(written))}`);
  if (earlier === undefined ? !isInserted(own, sent) : !isDeepStrictEqual(rest, others)) {
    problems.push(`${shown(own)} became ${shown(sent)}`);
  }
  return problems;
}

function isInserted(own: string, sent: string): boolean {
  const length = sent.length - own.length;
  let common = 0;
  while (common < own.length && own[common] === sent[common]) common += 1;
  // A comma before the member and one behind it look the same.
  for (let start = common; start >= 0 && start >= common - 2; start -= 1) {
    if (own.slice(start) !== sent.slice(start + length)) continue;
    const [, member = ''] = INSERTED.exec(sent.slice(start, start + length)) ?? [];
    if (Object.keys(parsed(`{${member}}`) ?? {}).join() === '_datadog') return true;
  }
  return false;
}

function isTextMap(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const values = Object.values(value);
  return values.length > 0 && values.every((each) => typeof each === 'string');
}

function parsed(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function shown(text: string | undefined): string {
  return JSON.stringify(text)?.slice(0, 400) ?? 'missing';
}
