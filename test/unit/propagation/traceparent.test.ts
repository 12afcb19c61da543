import { defaultTextMapGetter, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { DatadogPropagator } from '../../../src/carriers/datadog-propagator.ts';
import { DEFAULT_SETTINGS } from '../../../src/propagation/propagation-settings.ts';
import { spanContextOf } from '../../../src/propagation/remote-parent.ts';
import { extractTraceContext, TraceContextParent } from '../../../src/propagation/traceparent.ts';
import { injectFields } from './injected-fields.ts';

const TRACE_ID = '6b0305aa00000000079f1ce5c3953e3c';
const SPAN_ID = '0252a07dde78ec70';
const VALID = `00-${TRACE_ID}-${SPAN_ID}-01`;
const extract = (fields: Record<string, string>) => {
  const headers = extractTraceContext([(name) => fields[name]]);
  return headers && spanContextOf(new TraceContextParent(headers));
};

describe('a traceparent that is valid', () => {
  test.each([
    ['as it should be', VALID, 1],
    ['with spaces and tabs around', ` \t${VALID}\t `, 1],
    ['not sampled', `00-${TRACE_ID}-${SPAN_ID}-00`, 0],
    ['random and sampled', `00-${TRACE_ID}-${SPAN_ID}-03`, 3],
    ['random and not sampled', `00-${TRACE_ID}-${SPAN_ID}-02`, 2],
    ['with flags that are not defined yet', `00-${TRACE_ID}-${SPAN_ID}-ff`, 3],
    ['of a future version', `cc-${TRACE_ID}-${SPAN_ID}-01`, 1],
    ['of a future version, with more behind', `cc-${TRACE_ID}-${SPAN_ID}-01-what-the-future-will-be-like`, 1],
  ])('%s', (_name, traceparent, traceFlags) => {
    const expected = { traceId: TRACE_ID, spanId: SPAN_ID, isRemote: true, traceFlags };
    expect(extract({ traceparent })).toMatchObject(expected);
  });
});

describe('a traceparent that is not', () => {
  test.each([
    ['empty', ''],
    ['of version ff', `ff-${TRACE_ID}-${SPAN_ID}-01`],
    ['of version 00, with more behind', `${VALID}-what`],
    ['of a future version, with more behind but no dash', `cc-${TRACE_ID}-${SPAN_ID}-01.what`],
    ['of a version of one digit', `0-${TRACE_ID}-${SPAN_ID}-01`],
    ['in upper case', VALID.toUpperCase()],
    ['with a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN_ID}-01`],
    ['with a span id of zeros', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
    ['with a short trace id', `00-${TRACE_ID.slice(1)}-${SPAN_ID}-01`],
    ['with a long span id', `00-${TRACE_ID}-${SPAN_ID}0-01`],
    ['with what is no hex', `00-${TRACE_ID.slice(1)}g-${SPAN_ID}-01`],
    ['with one digit of flags', `00-${TRACE_ID}-${SPAN_ID}-1`],
    ['with flags that are no hex', `00-${TRACE_ID}-${SPAN_ID}-0x`],
    ['without flags', `00-${TRACE_ID}-${SPAN_ID}`],
    ['with a space inside', VALID.replace('-', '- ')],
    ["two of them, in Node's spelling", `${VALID}, 00-${TRACE_ID}-1111111111111111-01`],
    ['two of them, the same', `${VALID},${VALID}`],
  ])('%s', (_name, traceparent) => {
    expect(extract({ traceparent, tracestate: 'dd=s:1' })).toBeUndefined();
  });

  test('two of them in an array', () => {
    const carrier = { traceparent: [VALID, `00-${TRACE_ID}-1111111111111111-01`] };
    expect(new DatadogPropagator().extract(ROOT_CONTEXT, carrier, defaultTextMapGetter)).toBe(ROOT_CONTEXT);
  });

  test('the beginning of one, with spaces in place of the rest, right after a whole one', () => {
    const whole = `cc-${TRACE_ID}-${SPAN_ID}-01-what`;
    for (let length = 0; length < VALID.length; length += 1) {
      expect(extract({ traceparent: whole })).toBeDefined();
      expect(extract({ traceparent: whole.slice(0, length).padEnd(whole.length) })).toBeUndefined();
    }
  });

  // What stands behind a future version's flags is free, but for the comma.
  test('two of them of a future version', () => {
    const traceparent = `cc-${TRACE_ID}-${SPAN_ID}-01-x, cc-${TRACE_ID}-1111111111111111-01`;
    expect(extract({ traceparent })).toBeUndefined();
  });
});

test('one in an array is one', () => {
  const context = new DatadogPropagator().extract(ROOT_CONTEXT, { traceparent: [VALID] }, defaultTextMapGetter);
  expect(context).not.toBe(ROOT_CONTEXT);
});

test('a tracestate without a traceparent is nothing', () => {
  expect(extract({ tracestate: 'dd=s:1,foo=1' })).toBeUndefined();
});

describe('the flag against s', () => {
  test.each([
    ['01', 'dd=s:2;t.dm:-4', 's:2;t.dm:-4', 1],
    ['01', 'dd=s:0', 's:1;t.dm:-0', 1],
    ['01', 'dd=s:-1;t.dm:-4', 's:1;t.dm:-0', 1],
    ['01', 'dd=t.dm:-3', 's:1;t.dm:-3', 1],
    ['01', 'foo=1', 's:1;t.dm:-0', 1],
    ['00', 'dd=s:2;t.dm:-4', 's:0', 0],
    ['00', 'dd=s:1;t.dm:-1;t.usr.id:a', 's:0;t.usr.id:a', 0],
    ['00', 'dd=s:-1', 's:-1', 0],
    ['00', 'foo=1', 's:0', 0],
    ['00', 'dd=o:synthetics', 's:0;o:synthetics', 0],
    ['00', 'dd=s:0;o:rum', 's:0;o:rum', 0],
    ['01', 'dd=o:rum', 's:1;o:rum;t.dm:-0', 1],
  ])('flag %s and %s', (flags, tracestate, member, sampled) => {
    const spanContext = extract({ traceparent: `00-${TRACE_ID}-${SPAN_ID}-${flags}`, tracestate });
    expect(spanContext?.traceState?.get('dd')).toBe(member);
    expect(spanContext?.traceFlags).toBe(sampled);
  });

  test('a browser leaves the decision to us', () => {
    const spanContext = extract({ traceparent: `00-${TRACE_ID}-${SPAN_ID}-00`, tracestate: 'dd=o:rum' });
    expect(spanContext?.traceState?.get('dd')).toBe('o:rum');
    expect(spanContext?.traceFlags, 'recorded until somebody decides').toBe(TraceFlags.SAMPLED);
  });
});

describe('out', () => {
  const inject = (traceFlags: number, isRemote = false) => {
    const { traceState } = extract({ traceparent: VALID, tracestate: 'dd=s:2;p:1111111111111111;t.dm:-4,foo=1' }) ?? {};
    const spanContext = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags, isRemote, ...(traceState && { traceState }) };
    return injectFields(trace.setSpanContext(ROOT_CONTEXT, spanContext), DEFAULT_SETTINGS);
  };

  test.each([
    [1, '01'],
    [0, '00'],
    [3, '03'],
    [2, '02'],
    [0xff, '03'],
  ])('flags %i as %s', (traceFlags, flags) => {
    expect(inject(traceFlags).traceparent).toBe(`00-${TRACE_ID}-${SPAN_ID}-${flags}`);
  });

  test('p is the span that sends, or of a context that is only passed on the one that came', () => {
    expect(inject(1).tracestate).toBe(`dd=s:2;p:${SPAN_ID};t.dm:-4;t.tid:6b0305aa00000000,foo=1`);
    expect(inject(1, true).tracestate).toBe('dd=s:2;p:1111111111111111;t.dm:-4;t.tid:6b0305aa00000000,foo=1');
  });
});
