import { propagation, TraceFlags, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DatadogPropagator } from '../../../src/carriers/datadog-propagator.ts';
import { addContextOnce, removeForwardedContext } from '../../../src/preload/outgoing-headers.ts';

const span = trace.wrapSpanContext({
  traceId: '6b0305aa00000000079f1ce5c3953e3c',
  spanId: '21277dffc66394c5',
  traceFlags: TraceFlags.SAMPLED,
});

beforeAll(() => {
  propagation.setGlobalPropagator(new DatadogPropagator());
});
afterAll(() => {
  propagation.disable();
});

// undici from version 6 on, and before it.
test.each([
  [
    ['Accept', '*/*', 'Traceparent', 'old', 'x-datadog-trace-id', '7', 'x-datadog-origin', 'rum', 'baggage', 'a=1'],
    ['Accept', '*/*', 'x-datadog-origin', 'rum', 'baggage', 'a=1'],
  ],
  ['Accept: */*\r\nTraceparent: old\r\nbaggage: a=1\r\n', 'Accept: */*\r\nbaggage: a=1\r\n'],
  [
    ['accept', '*/*'],
    ['accept', '*/*'],
  ],
  ['accept: */*\r\n', 'accept: */*\r\n'],
  [undefined, undefined],
])('of %j stays what is not written anew: %j', (headers, expected) => {
  const request = { headers };
  removeForwardedContext(span, request);
  expect(request.headers).toEqual(expected);
});

test.each([
  [
    ['accept', '*/*', 'traceparent', '3', 'cookie', 'a', 'cookie', 'b'],
    (headers: string[], name: string, value: string) => headers.concat(name, value),
  ],
  [
    'accept: */*\r\ntraceparent: 3\r\ncookie: a\r\ncookie: b\r\n',
    (text: string, name: string, value: string) => `${text}${name}: ${value}\r\n`,
  ],
  // biome-ignore lint/suspicious/noExplicitAny: two forms of undici's.
] as [any, any][])('a field that is added again takes the place of the first: %j', (expected, added) => {
  const request = {
    headers: typeof expected === 'string' ? 'accept: */*\r\n' : ['accept', '*/*'],
    addHeader(name: string, value: string) {
      this.headers = added(this.headers, name, value);
      return this;
    },
  };
  addContextOnce(request);
  for (const value of ['1', '2', '3']) expect(request.addHeader('traceparent', value)).toBe(request);
  for (const value of ['a', 'b']) request.addHeader('cookie', value);
  expect(request.headers).toEqual(expected);
});

test('without a span to carry, all of it stays', () => {
  const headers = ['traceparent', 'forwarded'];
  removeForwardedContext(trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: 0 }), { headers });
  expect(headers).toEqual(['traceparent', 'forwarded']);
});
