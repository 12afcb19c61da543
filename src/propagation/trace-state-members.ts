import { otelSamplingMember } from './otel-sampling-member';

export type Member = readonly [key: string, value: string];

/** https://www.w3.org/TR/trace-context-2/#tracestate-header-field-values */
export const MAX_MEMBERS = 32;

// 32 members of the longest legal keys and values. What is longer is cut here before it is read.
const MAX_LENGTH = MAX_MEMBERS * (256 + 1 + 256 + 1);
const KEY = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const OTEL_KEY = 'ot';

export function isLegalMember(key: string, value: string): boolean {
  return KEY.test(key) && VALUE.test(value);
}

/**
 * The members of a `tracestate` header, apart from the one under `ownKey`, which is found wherever it stands and not validated.
 * A list that W3C does not allow (an illegal key or value, more than 32 members) is
 * discarded whole, as W3C asks for, but for two things: of a list that is too long because of the own member, the first 31 others
 * are kept; and the own one survives its neighbours. Of a key twice the first counts.
 */
export function parseMembers(header: string, ownKey: string): { own: string | undefined; foreign: readonly Member[] } {
  let own: string | undefined;
  let legal = true;
  let count = 0;
  const foreign: Member[] = [];
  const { length } = header;
  for (let start = 0; start < length && start < MAX_LENGTH; ) {
    const comma = header.indexOf(',', start);
    const end = comma < 0 ? length : comma;
    const from = skipWhitespace(header, start, end);
    const to = trimWhitespace(header, from, end);
    start = end + 1;
    if (from === to) continue;
    count += 1;
    const equals = header.indexOf('=', from);
    const key = equals > 0 && equals < to ? header.slice(from, equals) : '';
    const value = header.slice(equals + 1, to);
    if (key === ownKey) own ??= value;
    else if (!isLegalMember(key, value)) legal = false;
    else if (foreign.length < MAX_MEMBERS && !foreign.some((member) => member[0] === key)) foreign.push([key, value]);
  }
  if (!legal || (count > MAX_MEMBERS && own === undefined)) return { own, foreign: [] };
  return { own, foreign: withLegalSampling(foreign).slice(0, MAX_MEMBERS - 1) };
}

/** The members as they are written, each behind a comma. */
export function joinedMembers(members: readonly Member[]): string {
  let text = '';
  for (const [key, value] of members) text += `,${key}=${value}`;
  return text;
}

/** What OpenTelemetry's samplers know of the trace is passed on as far as it is well-formed. */
function withLegalSampling(members: readonly Member[]): readonly Member[] {
  if (!members.some(([key]) => key === OTEL_KEY)) return members;
  return members.flatMap((member): Member[] => {
    if (member[0] !== OTEL_KEY) return [member];
    const value = otelSamplingMember(member[1]);
    return value === '' ? [] : [[OTEL_KEY, value]];
  });
}

// Space and tab alone: that is HTTP's optional whitespace. A space behind `=` is part of the value.
function isWhitespace(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code === 32 || code === 9;
}

function skipWhitespace(text: string, start: number, end: number): number {
  let index = start;
  while (index < end && isWhitespace(text, index)) index += 1;
  return index;
}

function trimWhitespace(text: string, start: number, end: number): number {
  let index = end;
  while (index > start && isWhitespace(text, index - 1)) index -= 1;
  return index;
}
