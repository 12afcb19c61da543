// Of what `npm run faults` judges by.
import { expect, test } from 'vitest';
import { percentile, slope } from '../integration/faults/estimates.ts';

const TIMES = 1000;

/** Numbers from 0 to 1, the same ones each time. https://en.wikipedia.org/wiki/Linear_congruential_generator */
function generator(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test.each([
  ['five', 5],
  ['forty', 40],
])('the interval of a slope through %s points holds it 95 times in a hundred', (_how, count) => {
  const random = generator();
  const noise = () => Array.from({ length: 12 }, random).reduce((sum, each) => sum + each, -6);
  let held = 0;
  for (let time = 0; time < TIMES; time++) {
    const { low, high } = slope(Array.from({ length: count }, (_point, x) => [x, 7 + 0.5 * x + noise()]));
    if (low <= 0.5 && 0.5 <= high) held += 1;
  }
  expect(held / TIMES).toBeGreaterThan(0.93);
  expect(held / TIMES).toBeLessThan(0.97);
});

test('a heap that grows by less than it varies is seen to grow', () => {
  const random = generator();
  const { value, low } = slope(Array.from({ length: 40 }, (_point, x) => [x, 2 * x + 20 * random()]));
  expect(low).toBeGreaterThan(0);
  expect(value).toBeCloseTo(2, 0);
});

test('a percentile is in its interval, and what is slower by half is out of it', () => {
  const random = generator();
  const samples = Array.from({ length: 2000 }, () => 1 + random());
  const { value, low, high } = percentile(samples, 0.99);
  expect(value).toBeCloseTo(1.99, 2);
  expect(low).toBeLessThanOrEqual(value);
  expect(high).toBeGreaterThanOrEqual(value);
  expect(
    percentile(
      samples.map((each) => 1.5 * each),
      0.99,
    ).low,
  ).toBeGreaterThan(high);
});
