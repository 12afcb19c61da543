import { type Context, defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { DatadogPropagator } from '../../../src/index.ts';
import { OpenStateHeaders } from '../../../src/propagation/state-headers.ts';
import { mutated } from '../../differential/mutations.ts';
import { Random } from '../../differential/random.ts';
import { validHeaders } from '../../differential/valid-headers.ts';

const ONE = { upperHalf: '6b0305aa00000000', spanId: '079f1ce5c3953e3c' };
const OTHER = { upperHalf: '6b0305ab00000000', spanId: '00f067aa0ba902b7' };

function stateHeaders({ upperHalf, spanId }: typeof ONE, tags: string, tracestate?: string, origin?: string) {
  const filled = (text: string) => text.replaceAll('TID', upperHalf).replaceAll('SPAN', spanId);
  const traceId = `${upperHalf}a3ce929d0e0e4736`;
  return {
    traceId,
    spanId,
    samplingPriority: 1,
    origin,
    tags: filled(tags),
    tracestate: tracestate && filled(tracestate),
  };
}

type Texts = [tags: string, tracestate?: string, origin?: string];

test.each<Texts>([
  [''],
  ['_dd.p.dm=-1,_dd.p.tid=TID'],
  ['_dd.p.tid=TID,_dd.p.dm=-1', 'dd=s:1;p:SPAN;t.dm:-1'],
  ['_dd.p.dm=-1', 'dd=p:SPAN'],
  ['_dd.p.dm=-1', 'dd=o:rum;p:SPAN;t.tid:b,congo=t61rcWkgMzE', 'rum'],
  ['', 'congo=t61rcWkgMzE'],
])('tags %j with tracestate %j are the same in another trace, but for its ids', (...headers) => {
  const open = new OpenStateHeaders(stateHeaders(ONE, ...headers));
  expect(open.hold(stateHeaders(ONE, ...headers))).toBe(true);
  expect(open.hold(stateHeaders(OTHER, ...headers))).toBe(true);
});

test('another priority is not the same', () => {
  const headers = stateHeaders(ONE, '_dd.p.dm=-1');
  expect(new OpenStateHeaders(headers).hold({ ...headers, samplingPriority: 2 })).toBe(false);
});

test.each<[why: string, one: Texts, other: Texts]>([
  ['another origin', ['', 'dd=p:SPAN', 'rum'], ['', 'dd=p:SPAN', 'synthetics']],
  ['another tag', ['_dd.p.dm=-1,_dd.p.tid=TID'], ['_dd.p.dm=-2,_dd.p.tid=TID']],
  ['another order', ['_dd.p.dm=-1,_dd.p.tid=TID'], ['_dd.p.tid=TID,_dd.p.dm=-1']],
  ['a longer tag', ['_dd.p.tid=TID,_dd.p.dm=-1'], ['_dd.p.tid=TID,_dd.p.dm=-11']],
  ['no tracestate', ['', 'dd=p:SPAN'], ['']],
  ['another field', ['', 'dd=s:1;p:SPAN'], ['', 'dd=s:2;p:SPAN']],
  ['another vendor', ['', 'dd=p:SPAN,congo=1'], ['', 'dd=p:SPAN,congo=2']],
  ['another span than the one that sent', ['', 'dd=p:SPAN'], ['', 'dd=p:53995c3f42cd8ad8']],
  ['another trace in the tags', ['_dd.p.tid=TID'], ['_dd.p.tid=53995c3f42cd8ad8']],
])('%s is not the same', (_why, one, other) => {
  expect(new OpenStateHeaders(stateHeaders(ONE, ...one)).hold(stateHeaders(OTHER, ...other))).toBe(false);
});

test.each<[where: string, tags: string, tracestate?: string]>([
  ["a tag's value", '_dd.p.x=TID'],
  ['a tag with a longer name', '_dd.p.x_dd.p.tid=TID'],
  ['one of two', '_dd.p.tid=TID,_dd.p.tid=TID'],
  ["another vendor's member", '', 'congo=p:SPAN'],
  ["another vendor's member behind our own", '', 'dd=s:1,congo=x;p:SPAN'],
  ['another field', '', 'dd=p:SPANSPAN'],
])('an id is text where it stands in %s', (_where, tags, tracestate) => {
  const open = new OpenStateHeaders(stateHeaders(ONE, tags, tracestate));
  expect(open.hold(stateHeaders(ONE, tags, tracestate))).toBe(true);
  expect(open.hold(stateHeaders(OTHER, tags, tracestate))).toBe(false);
});

const SEED = 20_261_125;
const STYLES = ['datadog', 'tracecontext', 'baggage'];

/** As the first message of a new span of the trace. */
function sentOn(propagator: DatadogPropagator, headers: object): object {
  const context = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
  const carrier = {};
  propagator.inject(childOf(context), carrier, defaultTextMapSetter);
  return carrier;
}

function childOf(context: Context): Context {
  const parent = trace.getSpanContext(context);
  if (parent === undefined) return context;
  return trace.setSpanContext(context, { ...parent, spanId: '53995c3f42cd8ad8', isRemote: false });
}

test(`what one trace sends on is the same after traces that are much like it (seed ${SEED})`, () => {
  const shared = new DatadogPropagator({ env: {} });
  for (let index = 0; index < 500; index += 1) {
    const random = new Random(SEED, index);
    const valid = validHeaders(random, STYLES);
    const headerSets = [valid, ...Array.from({ length: 5 }, () => mutated(valid, random)), withOtherIds(valid)];
    const together = headerSets.map((headers) => sentOn(shared, headers));
    const alone = headerSets.map((headers) => sentOn(new DatadogPropagator({ env: {} }), headers));
    expect(together, JSON.stringify(headerSets)).toEqual(alone);
  }
});

/** The same trace again, under ids that are as long. */
function withOtherIds(headers: Readonly<Record<string, string>>): Record<string, string> {
  const { traceparent = '', 'x-datadog-parent-id': parentId = '' } = headers;
  const [, traceId = '', spanId = ''] = traceparent.split('-');
  const ids: [from: string, to: string][] = [
    [traceId, traceId.replace(/.{4}$/, 'abcd')],
    [BigInt(`0x${traceId.slice(16) || 0}`).toString(), BigInt(`0x${traceId.slice(16, -4) || 0}abcd`).toString()],
    [spanId, '00f067aa0ba902b7'],
    [parentId, BigInt('0x00f067aa0ba902b7').toString()],
    [traceId.slice(0, 16), '6b0305ab00000000'],
  ];
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      ids.reduce((text, [from, to]) => (from === '' ? text : text.replaceAll(from, to)), value),
    ]),
  );
}
