import { describe, expect, test } from 'vitest';
import { addContextOnce, type UndiciRequest } from '../../../src/preload/outgoing-headers.ts';

type Add = (this: UndiciRequest & { headers: string & unknown[] }, name: string, value: string) => unknown;

const LIST: Add = function (name, value) {
  this.headers.push(name, value);
  return this;
};
const TEXT: Add = function (name, value) {
  Object.assign(this, { headers: `${this.headers}${name}: ${value}\r\n` });
  return this;
};

const list = (...headers: string[]) => headers;
const lines = (...headers: string[]) => headers.map((text, index) => text + (index % 2 === 0 ? ': ' : '\r\n')).join('');

/** As undici has a request, from version 6 on and before it; 6.11.0 has no method for it. */
const FORMS: [name: string, add: Add | undefined, made: (...headers: string[]) => unknown][] = [
  ['a list', LIST, list],
  ['a list alone', undefined, list],
  ['a text', TEXT, lines],
  ['a text alone', undefined, lines],
];

describe.each(FORMS)('to headers as %s', (_name, add, made) => {
  function sent(headers: unknown, added: string[][]): unknown {
    const request: UndiciRequest = {
      headers,
      ...(add && { addHeader: add as NonNullable<UndiciRequest['addHeader']> }),
    };
    addContextOnce(request);
    for (const [name = '', value = ''] of added) expect(request.addHeader?.(name, value)).toBe(add && request);
    return request.headers;
  }

  test('a field takes the place of the one that a gateway forwards', () => {
    const forwarded = ['Accept', '*/*', 'Traceparent', 'old', 'x-datadog-origin', 'rum', 'baggage', 'a=1'];
    expect(sent(made(...forwarded), [['traceparent', 'new']])).toEqual(
      made('Accept', '*/*', 'x-datadog-origin', 'rum', 'baggage', 'a=1', 'traceparent', 'new'),
    );
  });

  test('a field that is added again takes the place of the first', () => {
    const added = ['1', '2', '3'].map((value) => ['traceparent', value]);
    expect(sent(made('accept', '*/*'), added)).toEqual(made('accept', '*/*', 'traceparent', '3'));
  });

  test("what is not the context's may come twice", () => {
    const added = ['a', 'b'].map((value) => ['cookie', value]);
    expect(sent(made('cookie', '0'), added)).toEqual(made('cookie', '0', 'cookie', 'a', 'cookie', 'b'));
  });

  test('where nothing is added, all stays', () => {
    expect(sent(made('traceparent', 'forwarded'), [])).toEqual(made('traceparent', 'forwarded'));
  });
});
