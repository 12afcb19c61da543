import { expect, test } from 'vitest';
import { matchesGlob } from '../../../src/configuration/glob.ts';

test.each<[glob: string, name: string, matches: boolean]>([
  ['orders', 'orders', true],
  ['orders', 'orders2', false],
  ['orders', 'Orders', false],
  ['*', '', true],
  ['*', 'anything', true],
  ['', '', true],
  ['', 'a', false],
  ['orders-*', 'orders-', true],
  ['orders-*', 'orders-eu.fifo', true],
  ['*.fifo', 'orders.fifo', true],
  ['*.fifo', 'ordersxfifo', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['a**b', 'ab', true],
  ['?', 'a', true],
  ['?', '', false],
  ['a?c', 'abc', true],
  ['*?', '', false],
  ['*??', 'ab', true],
  ['*ab', 'aab', true],
  // None of these means anything in a glob of ours.
  ['a.c', 'abc', false],
  ['[ab]', 'a', false],
  ['a+', 'aa', false],
  ['(a|b)', 'a', false],
])('%j and %j: %j', (glob, name, matches) => {
  expect(matchesGlob(glob, name)).toBe(matches);
});

test('many stars are no more work than the length times the length', () => {
  expect(matchesGlob(`${'*a'.repeat(100)}b`, 'a'.repeat(10_000))).toBe(false);
});
