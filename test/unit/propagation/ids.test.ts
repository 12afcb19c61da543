import { expect, test } from 'vitest';
import { hexToId, idToHex, parseId, parseUpperHalf } from '../../../src/propagation/ids.ts';

test.each([
  ['549189452716916284', '079f1ce5c3953e3c'],
  ['1', '0000000000000001'],
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

test('the upper half of a trace id is 16 hex digits, lower-cased', () => {
  expect(parseUpperHalf('6B0305AA00000000')).toBe('6b0305aa00000000');
  expect(parseUpperHalf('6b0305aa0000000')).toBeUndefined();
  expect(parseUpperHalf('6b0305aa0000000g')).toBeUndefined();
});
