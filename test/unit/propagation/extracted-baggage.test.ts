import { defaultTextMapGetter, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { DatadogPropagator } from '../../../src/carriers/datadog-propagator.ts';

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
