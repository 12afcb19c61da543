const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;
const DECIMAL = /^\d{1,20}$/;
const TRACE_ID_UPPER_HALF = /^[0-9a-f]{16}$/i;

export const ZERO_UPPER_HALF = '0000000000000000';

/**
 * A Datadog id (decimal uint64) as 16 lower-case hex digits; `undefined` for zero, for more than
 * 64 bits and for anything that is not decimal.
 */
export function idToHex(decimal: string): string | undefined {
  if (!DECIMAL.test(decimal)) return undefined;
  const id = BigInt(decimal);
  return id === 0n || id > MAX_UINT64 ? undefined : id.toString(16).padStart(16, '0');
}

/** 16 hex digits as a Datadog id (decimal uint64). */
export function hexToId(hex: string): string {
  return BigInt(`0x${hex}`).toString();
}

/** The upper half of a 128-bit trace id as Datadog sends it in `_dd.p.tid`; `undefined` if it is malformed. */
export function parseUpperHalf(tid: string): string | undefined {
  return TRACE_ID_UPPER_HALF.test(tid) ? tid.toLowerCase() : undefined;
}
