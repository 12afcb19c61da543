import { defaultTextMapGetter, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DatadogPropagator } from '../../../src/carriers/datadog-propagator.ts';
import { baggageAttributes } from '../../../src/propagation/baggage.ts';
import { formatEntries, parseBaggage } from '../../../src/propagation/baggage-header.ts';
import { ExtractedBaggage } from '../../../src/propagation/extracted-baggage.ts';

const extracted = (header: string) =>
  propagation.getBaggage(new DatadogPropagator().extract(ROOT_CONTEXT, { baggage: header }, defaultTextMapGetter));

test('items keep their order, also under keys that an object would put in another one', () => {
  expect(extracted('2=b,1=a,__proto__=c')?.getAllEntries()).toEqual([
    ['2', { value: 'b' }],
    ['1', { value: 'a' }],
    ['__proto__', { value: 'c' }],
  ]);
});

test('it is changed by making another one', () => {
  const baggage = extracted('a=1,b=2,c=3');
  expect(baggage?.setEntry('d', { value: '4' }).setEntry('a', { value: '0' }).getAllEntries()).toEqual([
    ['a', { value: '0' }],
    ['b', { value: '2' }],
    ['c', { value: '3' }],
    ['d', { value: '4' }],
  ]);
  expect(
    baggage
      ?.removeEntry('b')
      .getAllEntries()
      .map(([key]) => key),
  ).toEqual(['a', 'c']);
  expect(
    baggage
      ?.removeEntries('a', 'c', 'z')
      .getAllEntries()
      .map(([key]) => key),
  ).toEqual(['b']);
  expect(baggage?.clear().getAllEntries()).toEqual([]);
  expect(baggage?.getEntry('none')).toBeUndefined();
  expect(baggage?.getAllEntries().map(([key]) => key)).toEqual(['a', 'b', 'c']);
});

test('what is handed out is not what is kept', () => {
  const baggage = extracted('a=1');
  const entry = baggage?.getEntry('a');
  if (entry) entry.value = 'changed';
  baggage?.getAllEntries().pop();
  expect(baggage?.getEntry('a')).toEqual({ value: '1' });
});

const plainText = fc.stringMatching(/^[a-z.~*'()-]{1,3}$/);
const anyText = fc.oneof(
  { weight: 9, arbitrary: plainText },
  fc.constantFrom('', ' ', 'a b', '%41', '%', '=', ';p=1', 'é', ','),
);
const headers = fc
  .array(fc.tuple(anyText, anyText), { maxLength: 6 })
  .map((pairs) => pairs.map((pair) => pair.join('=')).join(','));
const limitsOf = fc.record({
  baggageMaxItems: fc.integer({ min: 0, max: 5 }),
  baggageMaxBytes: fc.integer({ min: 0, max: 40 }),
});

test('what is read only when it is asked for, and sent on as it came, is what is read and written at once', () => {
  const seen = { plain: 0, repeated: 0, other: 0, malformed: 0 };
  fc.assert(
    fc.property(headers, limitsOf, limitsOf, (header, limits, others) => {
      const baggage = ExtractedBaggage.read(header, limits);
      const entries = parseBaggage(header, limits);
      if (entries === undefined) {
        seen.malformed += 1;
        expect(baggage).toBeUndefined();
        return;
      }
      for (const each of [limits, others, limits]) expect(baggage?.toHeader(each)).toBe(formatEntries(entries, each));
      expect(baggage?.getAllEntries()).toEqual([...entries]);
      for (const [key, entry] of entries) expect(baggage?.getEntry(key)).toEqual(entry);
      const [asked = ''] = entries.keys();
      const fresh = ExtractedBaggage.read(header, limits);
      expect(fresh && Object.keys(baggageAttributes(fresh, { baggageTagKeys: new Set(['none', asked]) }))).toContain(
        `baggage.${asked}`,
      );
      const written = formatEntries(entries, limits);
      seen[written === header ? 'plain' : entries.size < header.split(',').length ? 'repeated' : 'other'] += 1;
    }),
    { numRuns: 3000 },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(50);
});

test.each([
  ['two keys of one hash', 'Aa=1,BB=2'],
  ['more keys than there are hashes', Array.from({ length: 9000 }, (_, index) => `${index.toString(36)}=1`).join(',')],
])('%s are keys of their own', (_name, header) => {
  const limits = { baggageMaxItems: 10_000, baggageMaxBytes: 100_000 };
  expect(ExtractedBaggage.read(header, limits)?.toHeader(limits)).toBe(header);
});
