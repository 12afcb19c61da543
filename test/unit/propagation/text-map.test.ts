import { propagation, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { getExtractedLinks } from '../../../src/propagation/extraction.ts';
import { DEFAULT_SETTINGS } from '../../../src/propagation/propagation-settings.ts';
import { extractFields } from '../../../src/propagation/text-map.ts';
import { injectFields } from './injected-fields.ts';

type Fields = Record<string, string>;

const UPPER = '6b0305aa00000000';
const LOWER = '079f1ce5c3953e3c';
const TRACE_ID = UPPER + LOWER;
const DATADOG = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '167372598629952624', // 0252a07dde78ec70
  'x-datadog-sampling-priority': '2',
  'x-datadog-tags': `_dd.p.tid=${UPPER},_dd.p.dm=-4`,
};
const OTHER_TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

const extract = (fields: Fields) => extractFields(ROOT_CONTEXT, [(name) => fields[name]], DEFAULT_SETTINGS);
const spanContextOf = (fields: Fields) => trace.getSpanContext(extract(fields));
const passOn = (fields: Fields) => injectFields(extract(fields), DEFAULT_SETTINGS);

/** What a span writes that a plain OpenTelemetry SDK makes as the child of an extracted context. */
function childOf(fields: Fields, traceFlags?: number): Fields {
  const parent = spanContextOf(fields) as SpanContext;
  const child = { ...parent, spanId: '1111111111111111', isRemote: false, traceFlags: traceFlags ?? parent.traceFlags };
  return injectFields(trace.setSpanContext(ROOT_CONTEXT, child), DEFAULT_SETTINGS);
}

test.each([
  '549189452716916284',
  '00549189452716916284',
  ' 549189452716916284\t',
  '\u00a0549189452716916284',
  '549189452716916284\ufeff',
])('a trace id that comes as %j goes on as its digits', (id) => {
  const fields = { ...DATADOG, 'x-datadog-trace-id': id };
  expect(childOf(fields)['x-datadog-trace-id']).toBe('549189452716916284');
  expect(passOn(fields)['x-datadog-trace-id']).toBe('549189452716916284');
});

describe('the same trace in both, but another span', () => {
  const w3c = { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` };

  test('traceparent has the parent, tracestate the last Datadog span', () => {
    const fields = { ...DATADOG, ...w3c, tracestate: 'dd=s:1;p:00000000000000aa' };
    expect(spanContextOf(fields)).toMatchObject({ traceId: TRACE_ID, spanId: '00f067aa0ba902b7', isRemote: true });
    expect(passOn(fields).tracestate).toContain(';p:00000000000000aa;');
  });

  test.each([undefined, 'foo=1', 'dd=s:1'])('without p (tracestate %s) that is x-datadog-parent-id', (tracestate) => {
    const fields = { ...DATADOG, ...w3c, ...(tracestate && { tracestate }) };
    expect(spanContextOf(fields)?.spanId).toBe('00f067aa0ba902b7');
    expect(passOn(fields).tracestate).toContain(';p:0252a07dde78ec70;');
  });

  test("foreign members are kept, decision and tags are Datadog's", () => {
    const fields = { ...DATADOG, ...w3c, tracestate: 'dd=s:1;t.dm:-1;t.usr.id:w3c,foo=1,ot=th:0' };
    expect(passOn(fields)).toMatchObject({
      'x-datadog-sampling-priority': '2',
      'x-datadog-tags': DATADOG['x-datadog-tags'],
      tracestate: `dd=s:2;p:0252a07dde78ec70;t.tid:${UPPER};t.dm:-4,foo=1,ot=th:0`,
    });
    expect(getExtractedLinks(extract(fields))).toEqual([]);
  });

  test.each([
    ['2', '00', 1],
    ['-1', '01', 0],
    ['0', '03', 2],
  ])('priority %s beats flags %s', (priority, flags, traceFlags) => {
    const traceparent = `00-${TRACE_ID}-00f067aa0ba902b7-${flags}`;
    const fields = { ...DATADOG, traceparent, 'x-datadog-sampling-priority': priority };
    expect(spanContextOf(fields)?.traceFlags).toBe(traceFlags);
    expect(passOn(fields)['x-datadog-sampling-priority']).toBe(priority);
  });

  test('without x-datadog-parent-id the span is there all the same', () => {
    const fields = { ...DATADOG, ...w3c, 'x-datadog-parent-id': '0' };
    expect(spanContextOf(fields)?.spanId).toBe('00f067aa0ba902b7');
  });
});

describe('another trace in each', () => {
  const w3c = { traceparent: `00-${OTHER_TRACE}-00f067aa0ba902b7-00`, tracestate: 'dd=s:-1;o:rum,foo=1' };

  test('Datadog has the parent', () => {
    const fields = { ...DATADOG, ...w3c };
    expect(spanContextOf(fields)).toMatchObject({ traceId: TRACE_ID, spanId: '0252a07dde78ec70', traceFlags: 1 });
    expect(passOn(fields).tracestate).toBe(`dd=s:2;t.tid:${UPPER};t.dm:-4`);
    expect(passOn(fields)).not.toHaveProperty('x-datadog-origin');
  });

  test('W3C has a link', () => {
    const [link, ...others] = getExtractedLinks(extract({ ...DATADOG, ...w3c }));
    expect(others).toEqual([]);
    expect(link?.attributes).toEqual({ reason: 'terminated_context', context_headers: 'tracecontext' });
    expect(link?.context).toMatchObject({ traceId: OTHER_TRACE, spanId: '00f067aa0ba902b7', traceFlags: 0 });
    expect(link?.context.traceState?.get('foo')).toBe('1');
  });

  test('a trace id of 64 bits is another than one of 128 that ends with it', () => {
    const { 'x-datadog-tags': _, ...withoutTags } = DATADOG;
    const context = extract({ ...withoutTags, traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` });
    expect(trace.getSpanContext(context)?.traceId).toBe(`0000000000000000${LOWER}`);
    expect(getExtractedLinks(context)[0]?.context.traceId).toBe(TRACE_ID);
  });

  test('the links of a context are those of its last extraction', () => {
    const linked = extract({ ...DATADOG, ...w3c });
    const { traceparent } = w3c;
    const again = extractFields(linked, [(name) => ({ traceparent })[name as 'traceparent']], DEFAULT_SETTINGS);
    expect(getExtractedLinks(again)).toEqual([]);
  });
});

describe('one of them invalid', () => {
  test.each([
    ['traceparent', { ...DATADOG, traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }],
    [
      'traceparent twice',
      { ...DATADOG, traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01,00-${TRACE_ID}-00f067aa0ba902b7-01` },
    ],
    ['no traceparent', DATADOG],
  ])('%s: its tracestate is dropped too', (_name, headers) => {
    const fields = { ...headers, tracestate: 'dd=s:1;p:00000000000000aa;t.usr.id:x,foo=1' };
    expect(spanContextOf(fields)).toMatchObject({ traceId: TRACE_ID, spanId: '0252a07dde78ec70' });
    expect(passOn(fields).tracestate).toBe(`dd=s:2;t.tid:${UPPER};t.dm:-4`);
  });

  test.each(['0', '18446744073709551616', '-5', '12ab', ''])('x-datadog-trace-id %j: W3C alone', (id) => {
    const fields = { ...DATADOG, 'x-datadog-trace-id': id, traceparent: `00-${OTHER_TRACE}-00f067aa0ba902b7-01` };
    const context = extract(fields);
    expect(trace.getSpanContext(context)).toMatchObject({ traceId: OTHER_TRACE, spanId: '00f067aa0ba902b7' });
    expect(getExtractedLinks(context)).toEqual([]);
    expect(passOn(fields)).toMatchObject({ 'x-datadog-sampling-priority': '1' });
  });

  test('both: the context is the same object', () => {
    const fields = { 'x-datadog-trace-id': '0', traceparent: 'x', tracestate: 'dd=s:1', baggage: 'malformed' };
    expect(extract(fields)).toBe(ROOT_CONTEXT);
  });
});

describe('the upper half of the trace id', () => {
  const withTid = (tid: string) => ({ ...DATADOG, 'x-datadog-tags': `_dd.p.tid=${tid},_dd.p.dm=-4` });

  test.each(['6b0305aa0000000', '6b0305aa000000000', '6b0305aa0000000g', '', '-b0305aa00000000'])(
    '%j is malformed: the tag goes, the trace of 64 bits goes on',
    (tid) => {
      expect(spanContextOf(withTid(tid))?.traceId).toBe(`0000000000000000${LOWER}`);
      expect(spanContextOf(withTid(tid))?.traceState?.get('dd')).toBe('s:2;t.dm:-4');
      expect(passOn(withTid(tid))).toMatchObject({
        'x-datadog-trace-id': DATADOG['x-datadog-trace-id'],
        'x-datadog-tags': '_dd.p.dm=-4',
      });
    },
  );

  test('in upper case is lower-cased', () => {
    expect(spanContextOf(withTid(UPPER.toUpperCase()))?.traceId).toBe(TRACE_ID);
    expect(passOn(withTid(UPPER.toUpperCase()))['x-datadog-tags']).toBe(DATADOG['x-datadog-tags']);
  });

  test('in traceparent beats that in tracestate', () => {
    const fields = { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01`, tracestate: 'dd=s:1;t.tid:1111111111111111' };
    expect(spanContextOf(fields)?.traceId).toBe(TRACE_ID);
    expect(passOn(fields)).toMatchObject({
      'x-datadog-tags': `_dd.p.tid=${UPPER}`,
      tracestate: `dd=s:1;t.tid:${UPPER}`,
    });
  });

  test.each([
    ['tag', withTid('0000000000000000')],
    ['traceparent', { traceparent: `00-0000000000000000${LOWER}-00f067aa0ba902b7-01`, tracestate: 'dd=s:2;t.dm:-4' }],
  ])('of zeros in the %s is valid, and none is written', (_name, fields) => {
    expect(spanContextOf(fields)?.traceId).toBe(`0000000000000000${LOWER}`);
    const onwards = passOn(fields);
    expect(onwards['x-datadog-tags']).toBe('_dd.p.dm=-4');
    expect(onwards.tracestate).toBe('dd=s:2;t.dm:-4');
  });

  test('is lost with tags that are too long', () => {
    const fields = { ...DATADOG, 'x-datadog-tags': `_dd.p.tid=${UPPER},_dd.p.a=${'v'.repeat(512)}` };
    expect(spanContextOf(fields)?.traceId).toBe(`0000000000000000${LOWER}`);
    expect(passOn(fields)).not.toHaveProperty('x-datadog-tags');
  });
});

describe('a decision against the one that came', () => {
  test.each([
    [
      'kept after all',
      '-1',
      1,
      { 'x-datadog-sampling-priority': '1', 'x-datadog-tags': `_dd.p.tid=${UPPER},_dd.p.dm=-0` },
    ],
    ['dropped after all', '2', 0, { 'x-datadog-sampling-priority': '0', 'x-datadog-tags': `_dd.p.tid=${UPPER}` }],
    [
      'kept as it was',
      '2',
      1,
      { 'x-datadog-sampling-priority': '2', 'x-datadog-tags': `_dd.p.tid=${UPPER},_dd.p.dm=-4` },
    ],
    [
      'dropped as it was',
      '-1',
      0,
      { 'x-datadog-sampling-priority': '-1', 'x-datadog-tags': `_dd.p.tid=${UPPER},_dd.p.dm=-4` },
    ],
  ])('%s', (_name, inbound, traceFlags, outbound) => {
    const onwards = childOf({ ...DATADOG, 'x-datadog-sampling-priority': inbound }, traceFlags);
    expect(onwards).toMatchObject(outbound);
    expect(onwards.traceparent).toMatch(traceFlags ? /-01$/ : /-00$/);
    const { 'x-datadog-sampling-priority': priority, 'x-datadog-tags': tags } = outbound;
    expect(onwards.tracestate?.includes('t.dm:')).toBe(tags.includes('_dd.p.dm='));
    expect(onwards.tracestate).toMatch(new RegExp(`^dd=s:${priority};p:1111111111111111;`));
  });
});

describe('no decision in what came', () => {
  const { 'x-datadog-sampling-priority': _, ...undecided } = DATADOG;

  test.each([undefined, 'abc', '', '1.5'])(
    'priority %j: the trace goes on, kept unless someone drops it',
    (priority) => {
      const fields = {
        ...undecided,
        'x-datadog-tags': `_dd.p.tid=${UPPER}`,
        ...(priority && { 'x-datadog-sampling-priority': priority }),
      };
      expect(spanContextOf(fields)?.traceFlags).toBe(1);
      expect(childOf(fields)).toMatchObject({
        'x-datadog-sampling-priority': '1',
        'x-datadog-tags': `_dd.p.tid=${UPPER},_dd.p.dm=-0`,
      });
      expect(childOf(fields, 0)).toMatchObject({
        'x-datadog-sampling-priority': '0',
        'x-datadog-tags': `_dd.p.tid=${UPPER}`,
      });
    },
  );

  test('who decided, where that came, stays', () => {
    expect(childOf(undecided)['x-datadog-tags']).toBe(`_dd.p.tid=${UPPER},_dd.p.dm=-4`);
  });
});

test('a child has its own span id in both, and the ids of Datadog in decimal', () => {
  expect(childOf({ ...DATADOG, 'x-datadog-origin': 'lambda' })).toEqual({
    traceparent: `00-${TRACE_ID}-1111111111111111-01`,
    tracestate: `dd=s:2;o:lambda;p:1111111111111111;t.tid:${UPPER};t.dm:-4`,
    'x-datadog-trace-id': '549189452716916284',
    'x-datadog-parent-id': '1229782938247303441',
    'x-datadog-sampling-priority': '2',
    'x-datadog-origin': 'lambda',
    'x-datadog-tags': `_dd.p.tid=${UPPER},_dd.p.dm=-4`,
  });
});

test('a trace id whose lower half is zero is for W3C alone', () => {
  const traceparent = `00-${UPPER}0000000000000000-00f067aa0ba902b7-01`;
  expect(Object.keys(passOn({ traceparent }))).toEqual(['traceparent', 'tracestate']);
});

describe('baggage', () => {
  test('comes and goes with a trace, or alone', () => {
    expect(passOn({ ...DATADOG, baggage: 'a=1' })).toMatchObject({
      baggage: 'a=1',
      'x-datadog-trace-id': '549189452716916284',
    });
    expect(passOn({ baggage: 'a=1' })).toEqual({ baggage: 'a=1' });
  });

  test('that is malformed takes nothing of the trace, nor of the baggage that there was', () => {
    const base = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ kept: { value: '1' } }));
    const fields: Fields = { ...DATADOG, baggage: 'a=1,malformed' };
    const context = extractFields(base, [(name) => fields[name]], DEFAULT_SETTINGS);
    expect(trace.getSpanContext(context)?.traceId).toBe(TRACE_ID);
    expect(propagation.getBaggage(context)?.getEntry('kept')?.value).toBe('1');
  });
});

test('nothing is written without a valid span context', () => {
  expect(injectFields(ROOT_CONTEXT, DEFAULT_SETTINGS)).toEqual({});
  const invalid = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 1 };
  expect(injectFields(trace.setSpanContext(ROOT_CONTEXT, invalid), DEFAULT_SETTINGS)).toEqual({});
});

test('what one does to the links of a context without any, no other context sees', () => {
  getExtractedLinks(ROOT_CONTEXT).push({
    context: { traceId: OTHER_TRACE, spanId: '00f067aa0ba902b7', traceFlags: 1 },
  });
  expect(getExtractedLinks(extract(DATADOG))).toEqual([]);
});
