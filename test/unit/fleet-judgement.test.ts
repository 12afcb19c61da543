// The judge of the fleet, on what real peers put on the wire: what it must not let pass.
import { describe, expect, test } from 'vitest';
import type { Span } from '../../demo/span.ts';
import { carriedBy, sendersIn } from '../fleet/carried.ts';
import { type Delivery, judge, Spans } from '../fleet/judgement.ts';
import type { Order } from '../fleet/order.ts';
import type { Consumer, Producer } from '../fleet/peer.ts';

const TRACE = '6b0305aa00000000079f1ce5c3953e3c';
const SENDER = '21277dffc66394c5';
const CALL = '2c8a5f3e1d4b6a79';
const OTHER = 'a'.repeat(32);
const order: Order = {
  id: 'order-1-1',
  traceId: TRACE,
  spanId: '00f067aa0ba902b7',
  priority: 2,
  origin: 'synthetics',
  userId: 'dXNlcg==',
  baggage: 'tenant=one',
};
const HEADERS = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': BigInt(`0x${CALL}`).toString(),
  'x-datadog-sampling-priority': '2',
  'x-datadog-origin': 'synthetics',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000,_dd.p.usr.id=dXNlcg==',
  baggage: 'tenant=one',
};
const W3C = {
  traceparent: `00-${TRACE}-${CALL}-01`,
  tracestate: 'dd=s:2;o:synthetics;t.usr.id:dXNlcg~~,other=1',
  baggage: 'tenant=one',
};
const SENT = { 'x-datadog-trace-id': '549189452716916284', 'x-datadog-parent-id': BigInt(`0x${SENDER}`).toString() };
const message = {
  MessageId: '1',
  ReceiptHandle: '1',
  MD5OfBody: '',
  Body: '{"order":"order-1-1.0"}',
  MessageAttributes: { _datadog: { DataType: 'String', StringValue: JSON.stringify(SENT) } },
};
const peer = { name: 'peer', version: 'peer 1', missing: () => undefined, hasBridge: true } as const;
const keeps = ['origin', 'userId', 'baggage'] as const;
const producer = { ...peer, keeps, ways: [] } as unknown as Producer;
const consumer = { ...peer, keeps } as unknown as Consumer;

function span(service: string, spanId: string, parentSpanId?: string, change: Partial<Span> = {}): Span {
  const times = { start: 0, end: 1, resource: {}, attributes: {}, links: [], traceState: '' };
  return {
    traceId: TRACE,
    spanId,
    parentSpanId,
    name: 's',
    kind: 'INTERNAL',
    service,
    tracedBy: 'Datadog',
    ...times,
    ...change,
  };
}
const SPANS = [
  span('producer', SENDER),
  span('consumer', 'c'.repeat(16), SENDER),
  span('consumer', CALL, 'c'.repeat(16)),
];

function judged(headers: object, spans: readonly Span[] = SPANS, change: Partial<Delivery> = {}) {
  const delivery: Delivery = { order, item: 'order-1-1.0', message, calls: [{ ...headers }], ...change };
  return judge(delivery, producer, consumer, { producer: 'producer', consumer: 'consumer' }, new Spans(spans));
}

test.each([HEADERS, W3C, { ...HEADERS, ...W3C }])('a joined trace is one in either format', (headers) => {
  expect(judged(headers)).toEqual({ outcome: 'joined (128)', faults: [] });
});

test.each<[string, object, RegExp]>([
  ['another priority', { ...HEADERS, 'x-datadog-sampling-priority': '1' }, /^priority is 1/],
  ['no priority', { ...HEADERS, 'x-datadog-sampling-priority': undefined }, /^priority is undefined/],
  ['another origin', { ...HEADERS, 'x-datadog-origin': 'rum' }, /^origin is rum/],
  ['no user', { ...HEADERS, 'x-datadog-tags': '_dd.p.tid=6b0305aa00000000' }, /^userId is undefined/],
  ['no baggage', { ...W3C, baggage: undefined }, /^baggage is undefined/],
])('it tells of %s', (_name, headers, fault) => {
  expect(judged(headers)).toEqual({ outcome: 'joined (128)', faults: [expect.stringMatching(fault)] });
});

test.each<[string, readonly Span[], string]>([
  [
    'a parent that the message does not name',
    [...SPANS.slice(0, 1), span('consumer', CALL, 'd'.repeat(16))],
    'its parent',
  ],
  ['a sender that no producer has exported', SPANS.slice(1), 'the message names a span of nobody'],
  [
    'a sender that is the consumer itself',
    [span('consumer', SENDER), ...SPANS.slice(1)],
    'the message names a span of c',
  ],
  ['a call without a span', SPANS.slice(0, 1), 'the span of the call'],
])('it tells of %s', (_name, spans, fault) => {
  expect(judged(HEADERS, spans).faults).toEqual([expect.stringContaining(fault)]);
});

describe('what is no whole trace', () => {
  const traceparent = `00-${OTHER}-${CALL}-01`;
  test.each<[string, object, readonly Span[]]>([
    ['joined (64)', { ...HEADERS, 'x-datadog-tags': '_dd.p.usr.id=dXNlcg==' }, SPANS],
    ['new trace', { traceparent }, [span('consumer', CALL, undefined, { traceId: OTHER })]],
    [
      'link',
      { traceparent },
      [span('consumer', CALL, undefined, { traceId: OTHER, links: [{ traceId: TRACE, spanId: SENDER }] })],
    ],
    ['new trace', {}, []],
  ])('is %s', (outcome, headers, spans) => {
    expect(judged(headers, spans).outcome).toBe(outcome);
  });

  test('is nothing where nobody has worked on it, or two have', () => {
    for (const calls of [[], [HEADERS, HEADERS]]) expect(judged({}, SPANS, { calls }).outcome).toBe('nothing');
  });

  test('is at least told of where it is not sampled', () => {
    const dropped = judged({ traceparent }, SPANS, { order: { ...order, priority: 0 } });
    expect(dropped).toEqual({ outcome: undefined, faults: ['not joined at priority 0'] });
  });

  test('is an error where one call has two', () => {
    expect(() => carriedBy({ ...HEADERS, traceparent })).toThrow('two traces in one call');
  });
});

test.each<[string, object]>([
  ['an attribute', message],
  [
    'bytes',
    { Body: '', MessageAttributes: { _datadog: { DataType: 'Binary', BinaryValue: base64(JSON.stringify(SENT)) } } },
  ],
  [
    'traceparent',
    { Body: '', MessageAttributes: { traceparent: { DataType: 'String', StringValue: `00-${TRACE}-${SENDER}-01` } } },
  ],
  ["an event of EventBridge's", { Body: JSON.stringify({ detail: { _datadog: SENT } }) }],
  [
    "SNS's envelope",
    {
      Body: JSON.stringify({
        MessageAttributes: { _datadog: { Type: 'Binary', Value: base64(JSON.stringify(SENT)) } },
      }),
    },
  ],
])('the sender is found in %s', (_name, carrier) => {
  expect([...sendersIn({ ...message, MessageAttributes: {}, ...carrier }, order)]).toEqual([SENDER]);
  expect([...sendersIn({ ...message, MessageAttributes: {}, ...carrier }, { ...order, traceId: OTHER })]).toEqual([]);
});

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
