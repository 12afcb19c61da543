const DIGITS_AT_ONCE = 6;
const MAX_DIGITS = 20;
const UINT32 = 2 ** 32;
const TEN_MILLION = 1e7;
const TRACE_ID_UPPER_HALF = /^[0-9a-f]{16}$/i;

export const ZERO_ID = '0000000000000000';

/** Two hex digits for each byte. */
const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * An id of 64 bits in two halves of 32, each a signed integer: ids are converted for every message, and so that takes half the time that it takes
 * in a BigInt.
 */
export interface Id {
  readonly high: number;
  readonly low: number;
}

export function isSameId(one: Id, other: Id): boolean {
  return one.low === other.low && one.high === other.high;
}

/** A Datadog id (decimal uint64); `undefined` for zero, for more than 64 bits and for anything that is not decimal. */
export function parseId(decimal: string): Id | undefined {
  const { length } = decimal;
  if (length === 0 || length > MAX_DIGITS) return undefined;
  let high = 0;
  let low = 0;
  // Six digits at a time stay below 2^53, which numbers hold exactly.
  for (let index = 0; index < length; ) {
    const end = Math.min(length, index + DIGITS_AT_ONCE);
    let digits = 0;
    let scale = 1;
    for (; index < end; index += 1) {
      const digit = decimal.charCodeAt(index) - 48;
      if (digit < 0 || digit > 9) return undefined;
      digits = digits * 10 + digit;
      scale *= 10;
    }
    const sum = low * scale + digits;
    const carry = Math.floor(sum / UINT32);
    low = sum - carry * UINT32;
    high = high * scale + carry;
  }
  return high >= UINT32 || (high === 0 && low === 0) ? undefined : { high: high | 0, low: low | 0 };
}

/** As 16 lower-case hex digits. */
export function idToHex({ high, low }: Id): string {
  return hex32(high) + hex32(low);
}

/** 16 hex digits as a Datadog id (decimal uint64); `undefined` for zero, and for anything else. */
export function hexToId(hex: string): string | undefined {
  if (hex.length !== ZERO_ID.length) return undefined;
  let high = 0;
  let low = 0;
  let others = 0;
  for (let index = 0; index < 8; index += 1) {
    const one = hex.charCodeAt(index);
    const other = hex.charCodeAt(index + 8);
    others |= (NOT_HEX[one & 127] as number) | (NOT_HEX[other & 127] as number) | ((one | other) >> 7);
    high = (high << 4) | digitOf(one);
    low = (low << 4) | digitOf(other);
  }
  if (others !== 0 || (high === 0 && low === 0)) return undefined;
  // By ten millions, seven digits at a time, with remainders that stay below 2^53 beside 16 more bits.
  const upper = (high >>> 0) * 65536 + (low >>> 16);
  const upperQuotient = Math.floor(upper / TEN_MILLION);
  const rest = (upper - upperQuotient * TEN_MILLION) * 65536 + (low & 65535);
  const restQuotient = Math.floor(rest / TEN_MILLION);
  const last = sevenDigits(rest - restQuotient * TEN_MILLION);
  const quotient = upperQuotient * 65536 + restQuotient;
  const first = Math.floor(quotient / TEN_MILLION);
  const middle = quotient - first * TEN_MILLION;
  // Small integers become text at a third of what others take.
  if (first > 0) return `${first | 0}${sevenDigits(middle)}${last}`;
  return middle > 0 ? `${middle | 0}${last}` : String(Number(last));
}

function sevenDigits(value: number): string {
  return String((TEN_MILLION + value) | 0).slice(1);
}

/** Of a hex digit in either case. */
function digitOf(code: number): number {
  return (code & 15) + 9 * (code >> 6);
}

/** The number in the hex digits that stand here, at most eight of them. */
export function hexNumber(bytes: Uint8Array, start: number, end: number): number {
  let number = 0;
  for (let index = start; index < end; index += 1) number = (number << 4) | digitOf(bytes[index] as number);
  return number;
}

/** Whether these are hex digits in lower case. */
export function isLowerHex(bytes: Uint8Array, start: number, end: number): boolean {
  let others = 0;
  for (let index = start; index < end; index += 1) others |= NOT_LOWER_HEX[bytes[index] as number] as number;
  return others === 0;
}

/** Which of the first 256 characters are none of these: 1, else 0. */
function allBut(characters: string): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => (characters.includes(String.fromCharCode(code)) ? 0 : 1));
}

const NOT_LOWER_HEX = allBut('0123456789abcdef');
const NOT_HEX = allBut('0123456789abcdefABCDEF');

function hex32(value: number): string {
  return (
    (BYTES[value >>> 24] as string) + BYTES[(value >>> 16) & 255] + BYTES[(value >>> 8) & 255] + BYTES[value & 255]
  );
}

/** The upper half of a 128-bit trace id as Datadog sends it in `_dd.p.tid`; `undefined` if it is malformed. */
export function parseUpperHalf(tid: string): string | undefined {
  return TRACE_ID_UPPER_HALF.test(tid) ? tid.toLowerCase() : undefined;
}
