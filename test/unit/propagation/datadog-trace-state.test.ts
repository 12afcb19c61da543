import {
  createTraceState,
  ROOT_CONTEXT,
  type SpanContext,
  TraceFlags,
  type TraceState,
  trace,
} from '@opentelemetry/api';
import { describe, expect, test, vi } from 'vitest';
import { NO_STATE } from '../../../src/propagation/datadog-state.ts';
import {
  DatadogTraceState,
  decidedTraceState,
  parseTraceState as parse,
} from '../../../src/propagation/datadog-trace-state.ts';
import { DEFAULT_SETTINGS } from '../../../src/propagation/propagation-settings.ts';
import { injectFields } from './injected-fields.ts';

const parseTraceState = (header?: string, random?: boolean) => new DatadogTraceState(parse(header), random);
const SPAN = { traceId: '6b0305aa00000000079f1ce5c3953e3c', spanId: '0252a07dde78ec70' };
const members = (count: number) => Array.from({ length: count }, (_, index) => `k${index}=v${index}`);
const keysOf = (traceState: TraceState) =>
  traceState
    .serialize()
    .split(',')
    .map((member) => member.split('=')[0]);

describe('parsing', () => {
  test.each([
    ['first', 'dd=s:2;t.dm:-4,foo=1,bar=2'],
    ['in the middle', 'foo=1,dd=s:2;t.dm:-4,bar=2'],
    ['last, with spaces around', 'foo=1 , bar=2 ,\t dd=s:2;t.dm:-4 '],
    ['beside empty members', ',foo=1,,bar=2,dd=s:2;t.dm:-4,'],
  ])('finds dd %s and puts it leftmost', (_place, header) => {
    const traceState = parseTraceState(header);
    expect(traceState.get('dd')).toBe('s:2;t.dm:-4');
    expect(traceState.get('foo')).toBe('1');
    expect(traceState.get('baz')).toBeUndefined();
    expect(traceState.serialize()).toBe('dd=s:2;t.dm:-4,foo=1,bar=2');
  });

  test.each([1, 31, 32, 50])('finds dd behind %i members, and keeps the first 31 others', (count) => {
    const traceState = parseTraceState([...members(count), 'dd=s:2'].join(','));
    const kept = members(Math.min(count, 31));
    expect(traceState.serialize().split(',')).toEqual(['dd=s:2', ...kept]);
  });

  test.each([
    ['an upper-case key', 'Foo=1'],
    ['a space in the key', 'f oo=1'],
    ['no key', '=1'],
    ['no =', 'foo'],
    ['an empty value', 'foo='],
    ['= in the value', 'foo=1=2'],
    ['a control character', 'foo=1\u00002'],
    ['more than ASCII', 'foo=é'],
    ['a value over 256 characters', `foo=${'v'.repeat(257)}`],
    ['a key over 256 characters', `${'k'.repeat(257)}=1`],
  ])('a member with %s takes the other vendors with it, and not dd', (_name, member) => {
    expect(parseTraceState(`a=1,${member},dd=s:1,b=2`).serialize()).toBe('dd=s:1');
    expect(parseTraceState(`a=1,${member},b=2`).serialize()).toBe('');
  });

  test('of a key twice the first counts', () => {
    expect(parseTraceState('a=1,dd=s:1,a=2,dd=s:2,b=3').serialize()).toBe('dd=s:1,a=1,b=3');
  });

  test('a header of more than 512 characters is not cut', () => {
    const header = `dd=s:1,${members(31)
      .map((member) => member + 'x'.repeat(200))
      .join(',')}`;
    expect(parseTraceState(header).serialize()).toBe(header);
  });

  test.each([undefined, '', ',', 'nonsense'])('nothing comes of %j', (header) => {
    expect(parseTraceState(header).serialize()).toBe('');
    expect(parseTraceState(header).get('dd')).toBeUndefined();
  });
});

describe('the TraceState interface', () => {
  const traceState = parseTraceState('dd=s:2;o:rum;p:00f067aa0ba902b7;t.dm:-4;x:y,foo=1,bar=2');
  const before = traceState.serialize();

  test.each<[name: string, changed: TraceState, serialized: string]>([
    ['set adds leftmost of the others', traceState.set('new', '3'), `${before.split(',')[0]},new=3,foo=1,bar=2`],
    ['set moves what it replaces', traceState.set('bar', '3'), `${before.split(',')[0]},bar=3,foo=1`],
    ['set replaces dd', traceState.set('dd', 's:-1;t.url:http://x'), 'dd=s:-1;t.url:http://x,foo=1,bar=2'],
    ['unset takes one out', traceState.unset('foo'), `${before.split(',')[0]},bar=2`],
    ['unset takes dd out', traceState.unset('dd'), 'foo=1,bar=2'],
    ['unset of what is not there', traceState.unset('baz'), before],
    ['set of a key that W3C does not allow', traceState.set('N O', '3'), before],
    ['set of a value that W3C does not allow', traceState.set('new', 'a,b=c'), before],
  ])('%s', (_name, changed, serialized) => {
    expect(changed.serialize()).toBe(serialized);
    expect(traceState.serialize(), 'the one that it was made from is as it was').toBe(before);
  });

  test('there is no dd to get when it was unset, or set to nothing', () => {
    expect(traceState.unset('dd').get('dd')).toBeUndefined();
    expect(traceState.set('dd', '').get('dd')).toBeUndefined();
  });

  test('at 32 members, set puts the rightmost out', () => {
    const full = parseTraceState(['dd=s:1', ...members(31)].join(','));
    expect(keysOf(full.set('new', '1'))).toEqual(['dd', 'new', ...keysOf(full).slice(1, 31)]);
    expect(keysOf(full.set('k30', 'x'))).toEqual(['dd', 'k30', ...keysOf(full).slice(1, 31)]);
  });

  test('what the dd member cannot hold survives a change of another', () => {
    const tags = new Map([['_dd.p.long', 'v'.repeat(300)]]);
    const raw = new DatadogTraceState({
      datadog: { ...NO_STATE, samplingPriority: 2, origin: 'a~;=b', tags },
      foreign: [],
    });
    const changed = raw.set('ot', 'th:0').unset('ot').set('foo', '1');
    expect(changed.datadog).toBe(raw.datadog);
  });

  test('what the dd member cannot hold survives that it is set, as it was or changed', () => {
    const tags = new Map([
      ['_dd.p.long', 'v'.repeat(300)],
      ['_dd.p.raw', 'a;b'],
    ]);
    const raw = new DatadogTraceState({
      datadog: { ...NO_STATE, samplingPriority: 2, origin: 'a~;=b', tags, pathway: 'cGF0aA==' },
      foreign: [],
    });
    const member = raw.get('dd') ?? '';
    expect(raw.set('dd', member).datadog).toEqual(raw.datadog);
    const changed = raw.set('dd', member.replace('s:2', 's:-1')).datadog;
    expect(changed).toEqual({ ...raw.datadog, samplingPriority: -1, tags: new Map([...tags].reverse()) });
    expect(raw.set('dd', 's:1;o:rum;t.raw:c').datadog).toMatchObject({
      origin: 'rum',
      tags: new Map([
        ['_dd.p.raw', 'c'],
        ['_dd.p.long', 'v'.repeat(300)],
      ]),
    });
  });
});

describe('sent on', () => {
  const traceState = parseTraceState('foo=1,dd=s:2;p:00f067aa0ba902b7;t.dm:-4;t.tid:1111111111111111');
  const sent = (spanContext: SpanContext) =>
    injectFields(trace.setSpanContext(ROOT_CONTEXT, spanContext), DEFAULT_SETTINGS);
  const narrow = { traceId: '0000000000000000079f1ce5c3953e3c', spanId: SPAN.spanId };

  test.each<[name: string, spanContext: Partial<SpanContext>, header: string]>([
    ['by a span', SPAN, 'dd=s:2;p:0252a07dde78ec70;t.dm:-4;t.tid:6b0305aa00000000,foo=1'],
    ['by nobody', { ...SPAN, isRemote: true }, 'dd=s:2;p:00f067aa0ba902b7;t.dm:-4;t.tid:6b0305aa00000000,foo=1'],
    ['in a trace of 64 bits', narrow, 'dd=s:2;p:0252a07dde78ec70;t.dm:-4,foo=1'],
    [
      'by another span',
      { ...SPAN, spanId: '1111111111111111' },
      'dd=s:2;p:1111111111111111;t.dm:-4;t.tid:6b0305aa00000000,foo=1',
    ],
    ['by the first once more', SPAN, 'dd=s:2;p:0252a07dde78ec70;t.dm:-4;t.tid:6b0305aa00000000,foo=1'],
  ])('%s', (_name, spanContext, header) => {
    expect(sent({ ...SPAN, traceFlags: 1, traceState, ...spanContext }).tracestate).toBe(header);
  });

  test('a random trace id stays one where an SDK forgets it', () => {
    const random = parseTraceState('dd=s:2', true);
    expect(sent({ ...SPAN, traceFlags: 1, traceState: random }).traceparent).toMatch(/-03$/);
    expect(sent({ ...SPAN, traceFlags: 0, traceState: random.set('foo', '1') }).traceparent).toMatch(/-02$/);
  });
});

describe('brought into line with the sampled flag', () => {
  const decided = (traceFlags: TraceFlags, traceState?: TraceState) =>
    decidedTraceState({ ...SPAN, traceFlags, ...(traceState && { traceState }) });

  test('a root of a sampler that knows nothing of Datadog', () => {
    expect(decided(TraceFlags.SAMPLED).serialize()).toBe('dd=s:1;t.dm:-0');
    expect(decided(TraceFlags.NONE).serialize()).toBe('dd=s:0');
  });

  test("a foreign implementation, such as the API's", () => {
    const foreign = createTraceState('foo=1,dd=s:2;t.dm:-4;t.usr.id:a~,bar=2');
    const traceState = decided(TraceFlags.SAMPLED, foreign);
    expect(traceState.serialize()).toBe('dd=s:2;t.dm:-4;t.usr.id:a~,foo=1,bar=2');
    expect(traceState.datadog.tags.get('_dd.p.usr.id')).toBe('a=');
  });

  test('a foreign one that is full', () => {
    const foreign = createTraceState().set('dd', 's:2');
    const full = members(32)
      .reverse()
      .reduce((state, member) => state.set(...(member.split('=') as [string, string])), foreign);
    expect(keysOf(decided(TraceFlags.SAMPLED, full))).toEqual(['dd', ...keysOf(full).slice(0, 31)]);
  });

  test('one that agrees is used as it is, without a copy', () => {
    const traceState = parseTraceState('dd=s:2;t.dm:-4');
    expect(decided(TraceFlags.SAMPLED, traceState)).toBe(traceState);
  });

  test('one that another copy of this package made loses nothing', async () => {
    vi.resetModules();
    const copy = await import('../../../src/propagation/datadog-trace-state.ts');
    expect(copy.DatadogTraceState).not.toBe(DatadogTraceState);
    const tags = new Map([['_dd.p.long', 'v'.repeat(300)]]);
    const theirs = new copy.DatadogTraceState({
      datadog: { ...NO_STATE, samplingPriority: 1, origin: '~', tags },
      foreign: [],
    });
    expect(decided(TraceFlags.SAMPLED, theirs).datadog).toBe(theirs.datadog);
  });

  test.each([
    ['dd=s:2;t.dm:-4', TraceFlags.NONE, 's:0'],
    ['dd=s:1;t.dm:-3;t.usr.id:a', TraceFlags.NONE, 's:0;t.usr.id:a'],
    ['dd=s:0', TraceFlags.SAMPLED, 's:1;t.dm:-0'],
    ['dd=s:-1;t.dm:-4', TraceFlags.SAMPLED, 's:1;t.dm:-0'],
    ['dd=o:rum', TraceFlags.SAMPLED, 's:1;o:rum;t.dm:-0'],
    ['dd=t.dm:-8', TraceFlags.SAMPLED, 's:1;t.dm:-8'],
    ['dd=t.dm:-8', TraceFlags.NONE, 's:0'],
    ['dd=s:-1;t.dm:-4', TraceFlags.NONE, 's:-1;t.dm:-4'],
  ])('%s with flag %i becomes %s', (header, flag, member) => {
    expect(decided(flag, parseTraceState(header)).get('dd')).toBe(member);
  });
});
