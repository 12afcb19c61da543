import { parseJsonObject } from './json-object';

/**
 * The JSON of an object with a member more, right before the closing brace; members that have the name already, however it is spelled,
 * go. The rest of the text stays as it is: numbers that JavaScript would round, keys that come twice, whitespace, escapes.
 * `value` is JSON. `undefined` if the text is anything but one JSON object as RFC 8259 has it, which allows no byte order mark.
 */
export function withMember(json: string, name: string, value: string): string | undefined {
  const object = parseJsonObject(json);
  if (object === undefined) return undefined;
  const others = Object.hasOwn(object, name) ? withoutMembers(json, membersAt(json, []), name) : json;
  const end = others.lastIndexOf('}');
  const isEmpty = others.charCodeAt(beforeSpace(others, end) - 1) === OPEN_BRACE;
  return `${others.slice(0, end)}${isEmpty ? '' : ','}${JSON.stringify(name)}:${value}${others.slice(end)}`;
}

/**
 * The JSON without what `withMember` has put into the object at the path (`[]` is the outermost one): byte for byte what it was given. From
 * a service that writes JSON anew, as EventBridge does, byte for byte what that service would have written of it. Of a key that
 * is on the path twice the last counts, as in `JSON.parse`. `undefined` if there is nothing to take out.
 */
export function withoutMember(json: string, path: readonly string[], name: string): string | undefined {
  if (parseJsonObject(json) === undefined) return undefined;
  const members = membersAt(json, path);
  return members.some((member) => member.name === name) ? withoutMembers(json, members, name) : undefined;
}

/** The JSON of a member of an object's JSON, the last one's where a key comes twice; `undefined` where there is none. */
export function memberText(json: string, name: string): string | undefined {
  if (parseJsonObject(json) === undefined) return undefined;
  const member = membersAt(json, []).findLast((each) => each.name === name);
  return member && json.slice(member.value, member.end);
}

/** Where a member stands in the text: from the quote of its key to the end of its value, and the comma before it, if it is not the first. */
interface Member {
  readonly name: string;
  readonly comma: number | undefined;
  readonly start: number;
  readonly value: number;
  readonly end: number;
}

/** A member takes with it the comma before it and what stands behind that; the first one takes what stands between it and the second. */
function withoutMembers(json: string, members: readonly Member[], name: string): string {
  let rest = '';
  let from = 0;
  let isFirst = true;
  for (const [index, member] of members.entries()) {
    if (member.name !== name) {
      isFirst = false;
      continue;
    }
    rest += json.slice(from, isFirst ? member.start : member.comma);
    from = isFirst ? (members[index + 1]?.start ?? member.end) : member.end;
  }
  return rest + json.slice(from);
}

/** The members of the object at the path in valid JSON, in one pass over each object on it; none where there is no object. */
function membersAt(json: string, path: readonly string[]): readonly Member[] {
  let members = membersOf(json, afterSpace(json, 0));
  for (const name of path) {
    const found = members.findLast((member) => member.name === name);
    if (found === undefined) return [];
    members = membersOf(json, found.value);
  }
  return members;
}

const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

function membersOf(json: string, open: number): readonly Member[] {
  const members: Member[] = [];
  if (json.charCodeAt(open) !== OPEN_BRACE) return members;
  let comma: number | undefined;
  let start = afterSpace(json, open + 1);
  while (json.charCodeAt(start) === QUOTE) {
    const keyEnd = closingQuote(json, start) + 1;
    const value = afterSpace(json, json.indexOf(':', keyEnd) + 1);
    const stop = endOfValue(json, value);
    members.push({ name: JSON.parse(json.slice(start, keyEnd)), comma, start, value, end: beforeSpace(json, stop) });
    if (json.charCodeAt(stop) !== COMMA) break;
    comma = stop;
    start = afterSpace(json, stop + 1);
  }
  return members;
}

/** The comma or brace behind a member's value. */
function endOfValue(json: string, start: number): number {
  let depth = 0;
  let index = start;
  for (; index < json.length; index += 1) {
    const code = json.charCodeAt(index);
    if (code === QUOTE) index = closingQuote(json, index);
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
    if (depth < 0 || (depth === 0 && code === COMMA)) break;
  }
  return index;
}

function closingQuote(json: string, open: number): number {
  let quote = json.indexOf('"', open + 1);
  while (isEscaped(json, quote)) quote = json.indexOf('"', quote + 1);
  return quote;
}

/** An odd number of backslashes before it. No two quotes have the same ones before them, so all of a text's are counted once. */
function isEscaped(json: string, quote: number): boolean {
  let index = quote;
  while (json.charCodeAt(index - 1) === BACKSLASH) index -= 1;
  return (quote - index) % 2 === 1;
}

function afterSpace(json: string, start: number): number {
  let index = start;
  while (isSpace(json.charCodeAt(index))) index += 1;
  return index;
}

function beforeSpace(json: string, end: number): number {
  let index = end;
  while (isSpace(json.charCodeAt(index - 1))) index -= 1;
  return index;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}
