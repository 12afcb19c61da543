import { expect, test } from 'vitest';
import { hexToId, idToHex, parseId, parseUpperHalf, traceIdToId } from '../../../src/propagation/ids.ts';

test.each([
  ['549189452716916284', '079f1ce5c3953e3c'],
  ['1', '0000000000000001'],
  ['9999999999999999', '002386f26fc0ffff'],
  ['10000000000000000', '002386f26fc10000'],
  ['18446744073709551615', 'ffffffffffffffff'],
])('the id %s is %s in hex, and back', (decimal, hex) => {
  const id = parseId(decimal);
  expect(id && idToHex(id)).toBe(hex);
  expect(hexToId(hex)).toBe(decimal);
});

test.each(['', '0', '18446744073709551616', '-5', '12ab', '1e3', '0x1f', ' 1', '1'.repeat(40)])(
  '%j is no id',
  (decimal) => {
    expect(parseId(decimal)).toBeUndefined();
  },
);

test('ids of every length in decimal are those of a BigInt', () => {
  for (let bits = 0; bits < 64; bits += 1) {
    for (const value of [2n ** BigInt(bits), 2n ** BigInt(bits) + 12345n, 2n ** BigInt(bits + 1) - 1n]) {
      expect(hexToId(value.toString(16).padStart(16, '0'))).toBe(value.toString());
    }
  }
});

test.each([
  ['6b0305aa00000000079f1ce5c3953e3c', '549189452716916284'],
  ['6B0305AA00000000079F1CE5C3953E3C', '549189452716916284'],
  ['00000000000000000000000000000001', '1'],
  ['6b0305aa000000000000000000000000', ''],
  ['00000000000000000000000000000000', undefined],
  ['6b0305aa00000000079f1ce5c3953e3g', undefined],
  ['g0000000000000000000000000000001', undefined],
  ['6b0305aa000000000000000000000000'.replace('a', '\u0161'), undefined],
  ['6b0305aa00000000079f1ce5c3953e3\u0131', undefined],
  ['6b0305aa00000000079f1ce5c3953e3', undefined],
  ['079f1ce5c3953e3c', undefined],
])('the lower half of the trace id %s is %s in decimal', (hex, decimal) => {
  expect(traceIdToId(hex)).toBe(decimal);
});

test('the upper half of a trace id is 16 hex digits, lower-cased', () => {
  expect(parseUpperHalf('6B0305AA00000000')).toBe('6b0305aa00000000');
  expect(parseUpperHalf('6b0305aa0000000')).toBeUndefined();
  expect(parseUpperHalf('6b0305aa0000000g')).toBeUndefined();
});
