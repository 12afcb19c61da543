import { expect, test } from 'vitest';
import type { Span } from '../../../demo/span.ts';
import { judge } from '../../../demo/verdict.ts';
import { checkout, poll } from './checkout.ts';

test('a checkout that is one trace', () => {
  const sentence = 'one trace 0e23d3610d5dee992df4f85d3a3cf435: 9 spans, 4 services';
  expect(judge(checkout())).toEqual({ joined: true, sentence });
  expect(judge([...checkout(), poll()])).toEqual({ joined: true, sentence });
});

test.each<[what: string, changes: Record<string, Partial<Span>>, sentence: string | RegExp]>([
  [
    'another trace',
    { c1: { traceId: 'f'.repeat(32) } },
    /^shipping's span "process shipments" is in trace f{32}, the checkout in 0e23/,
  ],
  ['an unknown parent', { d1: { parentSpanId: 'xx' } }, /^warehouse's span "POST" has the parent xx/],
  ['no parent', { c1: { parentSpanId: undefined } }, /^shipping's span "process shipments" has the parent none/],
  ['a parent of the root', { a1: { parentSpanId: 'd1' } }, /^shop's span "POST" should have no parent/],
  ['no decision', { c2: { attributes: {} } }, /^shipping's span "POST" has no sampling priority/],
  [
    'another decision',
    { c2: { attributes: { 'sampling.priority': 2 } } },
    /says the sampling priority is 2, another span 1/,
  ],
  [
    'another decision of Datadog',
    { d1: { attributes: { _sampling_priority_v1: 0 } } },
    /priority is 0, another span 1/,
  ],
  ['another decision in tracestate', { d1: { traceState: 'x=1,dd=p:1;s:-1' } }, /priority is -1, another span 1/],
  ['a service too many', { d1: { service: 'other' } }, /^no span came for warehouse's request/],
])('is not one with %s', (_what, changes, sentence) => {
  expect(judge(checkout(changes))).toEqual({ joined: false, sentence: expect.stringMatching(sentence) });
});

test('nor with a span missing', () => {
  expect(judge(checkout().filter(({ spanId }) => spanId !== 'c3'))).toEqual({
    joined: false,
    sentence: "no span came for shipping's deletion",
  });
});

test('only a poll itself may stand alone, not what it does', () => {
  const request = { ...poll(), spanId: 'e2', parentSpanId: 'e1', kind: 'CLIENT', name: 'POST' };
  expect(judge([...checkout(), poll(), request])).toMatchObject({ joined: false });
});
