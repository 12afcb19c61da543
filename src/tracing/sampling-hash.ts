const FACTOR = 1_111_111_111_111_111_111n;
const MAX_ID = 2 ** 64 - 1;

/** Up to which hash a trace is kept at a rate from 0 to 1. */
export function hashThreshold(rate: number): bigint {
  return BigInt(Math.floor(rate * MAX_ID));
}

/**
 * Knuth's multiplicative hash of the lower 64 bits of a trace id (32 hex digits): by it every service that samples at the same rate keeps the same traces.
 * https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/knuth-hash.js
 */
export function traceIdHash(traceId: string): bigint {
  return BigInt.asUintN(64, BigInt(`0x${traceId.slice(16)}`) * FACTOR);
}
