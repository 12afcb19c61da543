import { expect, test } from 'vitest';
import { copyWith } from '../../../src/carriers/copy.ts';

test('a copy has an own property `__proto__` too, as JSON.parse makes it', () => {
  const own = JSON.parse('{"a":1,"__proto__":{"DataType":"String"}}');
  const copy = copyWith(own, { a: 2 });
  expect(JSON.stringify(copy)).toBe('{"a":2,"__proto__":{"DataType":"String"}}');
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
});

test('a copy inherits what the object inherits, and the object stays as it is', () => {
  class Message {
    body = 'own';
    get queue(): string {
      return 'inherited';
    }
  }
  const message = Object.freeze(new Message());
  const copy = copyWith(message, { body: 'changed' });
  expect(copy).toBeInstanceOf(Message);
  expect([copy.body, copy.queue, message.body]).toEqual(['changed', 'inherited', 'own']);
  expect(Object.getPrototypeOf(copyWith(Object.create(null)))).toBe(null);
});
