import { type Context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layered } from '../../../src/propagation/layered-context.ts';

const KEYS = Array.from({ length: 5 }, (_, index) => createContextKey(`key ${index}`));

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
      const pairs: [ours: Context, plain: Context][] = [[layered(base), base]];
      for (const each of changes) {
        const [ours, plain] = pairs.at(-1) as (typeof pairs)[number];
        pairs.push([apply(layered(ours), each), apply(plain, each)]);
      }
      for (const [ours, plain] of pairs) {
        expect(KEYS.map((key) => ours.getValue(key))).toEqual(KEYS.map((key) => plain.getValue(key)));
      }
    }),
    { numRuns: 1000 },
  );
});
