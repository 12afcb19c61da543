import { expect, test, vi } from 'vitest';
import { tracedFunction } from '../../../../src/consumers/adapters/traced-function.ts';

const run = (call: () => unknown) => call();

test('arguments, result and this are those of the call', () => {
  const handler = vi.fn(function (this: object, ...args: unknown[]) {
    return { self: this, args };
  });
  const self = {};
  const message = {};
  const result = tracedFunction(handler, run).call(self, message, 2);
  expect(result).toBe(handler.mock.results[0]?.value);
  expect(result.self).toBe(self);
  expect(result.args[0]).toBe(message);
  expect(result.args[1]).toBe(2);
});

test('run gets the arguments, and decides what is returned', () => {
  const traced = tracedFunction(
    (a: number, b: number) => a + b,
    (call, args) => [call(), ...args],
  );
  expect(traced(1, 2)).toEqual([3, 1, 2]);
});

test('what is thrown is thrown on', () => {
  const error = new Error('no');
  const traced = tracedFunction(() => {
    throw error;
  }, run);
  expect(traced).toThrow(error);
});

test('name, length and properties are those of the function', () => {
  const kept = Symbol('kept');
  async function handle(_event: unknown, _context: unknown, _callback: unknown) {}
  const traced = tracedFunction(Object.assign(handle, { [kept]: 1 }), run);
  expect([traced.name, traced.length, traced[kept]]).toEqual(['handle', 3, 1]);
});

test.each([undefined, null, 'handler', {}])('%j is no function, and stays what it is', (value) => {
  expect(tracedFunction(value, run)).toBe(value);
});

test('a function is traced once, whoever asks again', () => {
  const ran = vi.fn(run);
  const traced = tracedFunction(() => 1, ran);
  expect(tracedFunction(traced, ran)).toBe(traced);
  expect(traced()).toBe(1);
  expect(ran).toHaveBeenCalledOnce();
});
