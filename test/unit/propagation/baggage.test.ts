import { baggageEntryMetadataFromString, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { formatBaggage } from '../../../src/propagation/baggage.ts';
import { parseBaggage as parse } from '../../../src/propagation/baggage-header.ts';
import { DEFAULT_SETTINGS } from '../../../src/propagation/propagation-settings.ts';

const parseBaggage = (header: string) => parse(header, DEFAULT_SETTINGS);

const values = (header: string) => {
  const entries = parseBaggage(header);
  return entries && Object.fromEntries([...entries].map(([key, { value }]) => [key, value]));
};

function written(entries: [key: string, value: string, metadata?: string][]): string {
  let baggage = propagation.createBaggage();
  for (const [key, value, metadata] of entries) {
    baggage = baggage.setEntry(key, { value, ...(metadata && { metadata: baggageEntryMetadataFromString(metadata) }) });
  }
  return formatBaggage(propagation.setBaggage(ROOT_CONTEXT, baggage), DEFAULT_SETTINGS);
}

describe('in', () => {
  test.each([
    ['a=1', { a: '1' }],
    ['a=1,b=2', { a: '1', b: '2' }],
    [' a = 1 ,\tb=2 ', { a: '1', b: '2' }],
    ['a=x y', { a: 'x y' }],
    ['a=x%20y%2C%3D', { a: 'x y,=' }],
    ['a=%20', { a: ' ' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=caf%C3%A9', { a: 'café' }],
    ['a=100%', { a: '100%' }],
    ['a=%C3', { a: '\ufffd' }],
    ['a=x%E2%98%8y%41', { a: 'x\ufffd%8yA' }],
    ['a%20b=1', { 'a b': '1' }],
    ['a=1,b=2,a=3', { a: '3', b: '2' }],
    ['a=1;prop=x;flag,b=2', { a: '1', b: '2' }],
    ['__proto__=1', { ['__proto__']: '1' }],
  ])('%s', (header, expected) => {
    expect(values(header)).toEqual(expected);
  });

  test('properties of an item stay with it', () => {
    expect(parseBaggage('a=1;prop=x;flag')?.get('a')?.metadata?.toString()).toBe('prop=x;flag');
    expect(parseBaggage('a=1')?.get('a')).toEqual({ value: '1' });
  });

  test.each(['a', 'a=', '=1', '=', 'a=1,b', 'a=1,b=', 'a=1,=2', 'b,a=1', 'a=1;x,;b=2', ''])(
    'one malformed pair discards all of %j',
    (header) => {
      expect(parseBaggage(header)).toBeUndefined();
    },
  );

  test('64 items are read, the rest is not', () => {
    const header = Array.from({ length: 70 }, (_, index) => `k${index}=v`);
    expect([...(parseBaggage(header.join(','))?.keys() ?? [])]).toEqual(
      header.slice(0, 64).map((pair) => pair.split('=')[0]),
    );
    expect(parseBaggage([...header.slice(0, 64), 'malformed'].join(','))).toBeDefined();
  });

  test('8,192 bytes are read, the rest is not', () => {
    const fits = `a=${'v'.repeat(4000)},b=${'v'.repeat(4187)}`;
    expect(fits).toHaveLength(8192);
    expect([...(parseBaggage(fits)?.keys() ?? [])]).toEqual(['a', 'b']);
    expect([...(parseBaggage(`${fits}v,c=1`)?.keys() ?? [])]).toEqual(['a']);
    expect(parseBaggage(`a=${'é'.repeat(4096)}`)).toBeUndefined();
  });
});

describe('out', () => {
  test.each<[entries: [string, string, string?][], header: string]>([
    [[], ''],
    [[['a', '1']], 'a=1'],
    [
      [
        ['a', '1'],
        ['b', '2'],
      ],
      'a=1,b=2',
    ],
    [[['a', 'x y,="\\;']], 'a=x%20y%2C%3D%22%5C%3B'],
    [[['a', 'café']], 'a=caf%C3%A9'],
    [[['a b', '1']], 'a%20b=1'],
    [[['f(x)', '(1)']], 'f%28x%29=(1)'],
    [[['a', '1', 'prop=x;flag']], 'a=1;prop=x;flag'],
    [[['a', '1', 'prop=é']], 'a=1'],
    [[['a', '1', 'prop=x,b=2']], 'a=1'],
    [[['a', '']], ''],
    [
      [
        ['', '1'],
        ['b', '2'],
      ],
      'b=2',
    ],
    [
      [
        ['a', '\ud83d'],
        ['b', '2'],
      ],
      'b=2',
    ],
    [[['a', '1\r\nx: y']], 'a=1%0D%0Ax%3A%20y'],
  ])('%j as %s', (entries, header) => {
    expect(written(entries)).toBe(header);
  });

  test('nothing without baggage', () => {
    expect(formatBaggage(ROOT_CONTEXT, DEFAULT_SETTINGS)).toBe('');
  });

  test('at most 64 items', () => {
    const entries = Array.from({ length: 70 }, (_, index): [string, string] => [`k${index}`, 'v']);
    expect(written(entries)?.split(',')).toEqual(entries.slice(0, 64).map(([key]) => `${key}=v`));
  });

  test('at most 8,192 bytes as they are on the wire, up to the first item that does not fit', () => {
    expect(
      written([
        ['a', 'v'.repeat(4000)],
        ['b', 'v'.repeat(4187)],
      ]),
    ).toHaveLength(8192);
    expect(
      written([
        ['a', 'v'.repeat(4000)],
        ['b', 'v'.repeat(4188)],
        ['c', '1'],
      ]),
    ).toBe(`a=${'v'.repeat(4000)}`);
    expect(written([['a', 'é'.repeat(1366)]])).toBe('');
  });

  test('what was written is read as it was', () => {
    const header = written([
      ['user id', 'a=b;c,d "é"'],
      ['k', 'v', 'p=1'],
    ]);
    expect(values(header ?? '')).toEqual({ 'user id': 'a=b;c,d "é"', k: 'v' });
  });
});
