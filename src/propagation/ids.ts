const DIGITS_AT_ONCE = 6;
const MAX_DIGITS = 20;
const UINT32 = 2 ** 32;
const HUNDRED_MILLION = 1e8;
/** The digit. */
const ZERO = 48;
const LEADING_ZEROS = /^0+/;
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

/** The lower or only half of an id in hex as a Datadog id (decimal uint64); `undefined` for zero, and for anything else. */
export function hexToId(hex: string): string | undefined {
  const start = hex.length - ZERO_ID.length;
  if (start < 0) return undefined;
  let high = 0;
  let low = 0;
  let others = 0;
  for (let index = start; index < start + 8; index += 1) {
    const one = hex.charCodeAt(index);
    const other = hex.charCodeAt(index + 8);
    others |= (NOT_HEX[one & 127] as number) | (NOT_HEX[other & 127] as number) | ((one | other) >> 7);
    high = (high << 4) | digitOf(one);
    low = (low << 4) | digitOf(other);
  }
  return others !== 0 || (high === 0 && low === 0) ? undefined : decimal(high, low);
}

/**
 * The lower half of a trace id (two halves in hex) as a Datadog id; `''` where that half alone is zero, `undefined` where both are, and for
 * anything else.
 */
export function traceIdToId(hex: string): string | undefined {
  if (hex.length !== 2 * ZERO_ID.length) return undefined;
  let others = 0;
  let upper = 0;
  for (let index = 0; index < ZERO_ID.length; index += 1) {
    const code = hex.charCodeAt(index);
    others |= (NOT_HEX[code & 127] as number) | (code >> 7);
    upper |= code;
  }
  if (others !== 0) return undefined;
  // All digits are zero where none has a bit that zero has not.
  return hexToId(hex) ?? (upper !== ZERO && hex.endsWith(ZERO_ID) ? '' : undefined);
}

/** Of an unsigned id: first what is above sixteen digits, then two times eight. */
function decimal(high: number, low: number): string {
  // By hundred millions, with remainders that stay below 2^53 beside 16 more bits.
  const upper = (high >>> 0) * 65536 + (low >>> 16);
  const upperQuotient = Math.floor(upper / HUNDRED_MILLION);
  const rest = (upper - upperQuotient * HUNDRED_MILLION) * 65536 + (low & 65535);
  const restQuotient = Math.floor(rest / HUNDRED_MILLION);
  const quotient = upperQuotient * 65536 + restQuotient;
  const first = Math.floor(quotient / HUNDRED_MILLION);
  const middle = quotient - first * HUNDRED_MILLION;
  const last = rest - restQuotient * HUNDRED_MILLION;
  const digits = sixteenDigits(middle | 0, last | 0);
  return first > 0 ? `${first | 0}${digits}` : digits.replace(LEADING_ZEROS, '');
}

/** One text from sixteen characters is made in half the time that it takes to put texts of numbers together. */
function sixteenDigits(middle: number, last: number): string {
  const a = (middle / 10) | 0;
  const b = (a / 10) | 0;
  const c = (b / 10) | 0;
  const d = (c / 10) | 0;
  const e = (d / 10) | 0;
  const f = (e / 10) | 0;
  const g = (f / 10) | 0;
  const h = (last / 10) | 0;
  const i = (h / 10) | 0;
  const j = (i / 10) | 0;
  const k = (j / 10) | 0;
  const l = (k / 10) | 0;
  const m = (l / 10) | 0;
  const n = (m / 10) | 0;
  return String.fromCharCode(
    ZERO + g,
    ZERO + f - g * 10,
    ZERO + e - f * 10,
    ZERO + d - e * 10,
    ZERO + c - d * 10,
    ZERO + b - c * 10,
    ZERO + a - b * 10,
    ZERO + middle - a * 10,
    ZERO + n,
    ZERO + m - n * 10,
    ZERO + l - m * 10,
    ZERO + k - l * 10,
    ZERO + j - k * 10,
    ZERO + i - j * 10,
    ZERO + h - i * 10,
    ZERO + last - h * 10,
  );
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
