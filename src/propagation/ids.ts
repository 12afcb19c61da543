const DIGITS_AT_ONCE = 6;
const MAX_DIGITS = 20;
const UINT32 = 2 ** 32;
const TRACE_ID_UPPER_HALF = /^[0-9a-f]{16}$/i;

export const ZERO_ID = '0000000000000000';

/**
 * A Datadog id (decimal uint64) as 16 lower-case hex digits; `undefined` for zero, for more than
 * 64 bits and for anything that is not decimal.
 */
export function idToHex(decimal: string): string | undefined {
  const { length } = decimal;
  if (length === 0 || length > MAX_DIGITS) return undefined;
  let high = 0;
  let low = 0;
  // Six digits at a time stay below 2^53, which numbers hold exactly; a BigInt takes twice as long.
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
  return high >= UINT32 || (high === 0 && low === 0) ? undefined : hex32(high) + hex32(low);
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, '0');
}

/** 16 hex digits as a Datadog id (decimal uint64). */
export function hexToId(hex: string): string {
  return BigInt(`0x${hex}`).toString();
}

/** The upper half of a 128-bit trace id as Datadog sends it in `_dd.p.tid`; `undefined` if it is malformed. */
export function parseUpperHalf(tid: string): string | undefined {
  return TRACE_ID_UPPER_HALF.test(tid) ? tid.toLowerCase() : undefined;
}

/** Whether all of these characters are digits of lower-case hex, as W3C writes ids. */
export function isLowerCaseHex(text: string, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) {
    const code = text.charCodeAt(index);
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
  }
  return end <= text.length;
}
