import { type Context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LayeredContext } from '../../../src/propagation/layered-context.ts';

const KEYS = Array.from({ length: 5 }, (_, index) => createContextKey(`key ${index}`));
const [FIRST = Symbol()] = KEYS;

const change = fc.record({
  key: fc.constantFrom(...KEYS),
  value: fc.option(fc.oneof(fc.nat(), fc.constant(undefined)), { nil: 'deleted' as const }),
});

test("it has what the API's own context has after the same changes, and so has each context before", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), fc.array(change, { maxLength: 30 }), (before, changes) => {
      const apply = (context: Context, { key, value }: (typeof changes)[number]) =>
        value === 'deleted' ? context.deleteValue(key) : context.setValue(key, value);
      const base = before.reduce(apply, ROOT_CONTEXT);
      const pairs: [layered: Context, plain: Context][] = [[new LayeredContext(base), base]];
      for (const each of changes) {
        const [layered, plain] = pairs.at(-1) as (typeof pairs)[number];
        pairs.push([apply(layered, each), apply(plain, each)]);
      }
      for (const [layered, plain] of pairs) {
        expect(KEYS.map((key) => layered.getValue(key))).toEqual(KEYS.map((key) => plain.getValue(key)));
      }
    }),
    { numRuns: 1000 },
  );
});

test("it stays short: what is set beyond the eighth value goes into a context of the base's kind", () => {
  let context: Context = new LayeredContext(ROOT_CONTEXT);
  for (let value = 0; value < 8; value += 1) context = context.setValue(createContextKey(`another ${value}`), value);
  expect(context).toBeInstanceOf(LayeredContext);
  expect(context.setValue(FIRST, 8)).not.toBeInstanceOf(LayeredContext);
  expect(context.setValue(FIRST, 8).getValue(FIRST)).toBe(8);
});
