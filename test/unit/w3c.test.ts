// What the contract's table cannot say of W3C: the `TraceState` of an extracted context in the hands of a sampler or of an application.
import { defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, type TraceState, trace } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { DatadogPropagator } from '../../src/index.ts';

const TRACE_ID = 'a1b2c3d4000000005f2e1d0c9b8a7968';
const SPAN_ID = 'b7c6d5e4f3a29180';
const DATADOG = 's:2;o:rum;t.dm:-4;t.usr.id:cGF1bA~~';
const propagator = new DatadogPropagator({ env: {} });

const members = (count: number, value = '') =>
  Array.from({ length: count }, (_, index) => `k${index}=v${index}${value}`);

function extracted(tracestate: string): TraceState {
  const carrier = { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01`, tracestate };
  const context = propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
  return trace.getSpanContext(context)?.traceState as TraceState;
}

/** The members that a local span sends, `dd` parsed. */
function sent(traceState: TraceState): { dd: string[]; others: string[] } {
  const span = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1, traceState };
  const carrier: Record<string, string> = {};
  propagator.inject(trace.setSpanContext(ROOT_CONTEXT, span), carrier, defaultTextMapSetter);
  const [dd = '', ...others] = carrier.tracestate?.split(',') ?? [];
  return { dd: dd.replace('dd=', '').split(';'), others };
}

const KEPT = [...DATADOG.split(';'), `p:${SPAN_ID}`, 't.tid:a1b2c3d400000000'].sort();

describe('what is set on an extracted trace state', () => {
  const traceState = extracted(`foo=1,dd=${DATADOG},bar=2`);

  test.each<[name: string, changed: TraceState, others: string[]]>([
    ['a new member is the newest of the others', traceState.set('new', '3'), ['new=3', 'foo=1', 'bar=2']],
    ['a member that is changed is the newest, too', traceState.set('bar', '3'), ['bar=3', 'foo=1']],
    ['one is taken out', traceState.unset('foo'), ['bar=2']],
    ['what is not there is taken out', traceState.unset('baz'), ['foo=1', 'bar=2']],
    ['an empty key', traceState.set('', '3'), ['foo=1', 'bar=2']],
    ['a key in upper case', traceState.set('NEW', '3'), ['foo=1', 'bar=2']],
    ['a key of 257 characters', traceState.set('k'.repeat(257), '3'), ['foo=1', 'bar=2']],
    ['a comma in the value', traceState.set('new', '3,x=4'), ['foo=1', 'bar=2']],
    ['= in the value', traceState.set('new', '3=4'), ['foo=1', 'bar=2']],
    ['a value that is not ASCII', traceState.set('new', 'é'), ['foo=1', 'bar=2']],
    ['a value of 257 characters', traceState.set('new', 'v'.repeat(257)), ['foo=1', 'bar=2']],
  ])('%s; nothing of dd is lost, and the one that it was made from is as it was', (_name, changed, others) => {
    expect(sent(changed).others).toEqual(others);
    expect(sent(changed).dd.sort()).toEqual(KEPT);
    expect(sent(traceState).others).toEqual(['foo=1', 'bar=2']);
  });

  test('can be read, and is serialized in the order in which it is sent', () => {
    const changed = traceState.set('new', '3');
    expect(['new', 'foo', 'bar', 'baz'].map((key) => changed.get(key))).toEqual(['3', '1', '2', undefined]);
    expect(changed.get('dd')?.split(';').sort()).toEqual(DATADOG.split(';').sort());
    const keys = changed
      .serialize()
      .split(',')
      .map((member) => member.split('=')[0]);
    expect(keys).toEqual(['dd', 'new', 'foo', 'bar']);
  });
});

describe('where createTraceState of OpenTelemetry is wrong', () => {
  test.each([30, 31])('%i members and dd: set never makes more than 32, and the rightmost goes', (count) => {
    const changed = extracted([...members(count), `dd=${DATADOG}`].join(',')).set('new', '1');
    expect(sent(changed).others).toEqual(['new=1', ...members(30)]);
    expect(sent(changed).dd.sort()).toEqual(KEPT);
  });

  test('a member of 31 that is changed puts none out', () => {
    const changed = extracted([...members(31), `dd=${DATADOG}`].join(',')).set('k30', 'x');
    expect(sent(changed).others).toEqual(['k30=x', ...members(30)]);
  });

  test('more than 512 characters are kept, in their order', () => {
    const long = members(31, 'x'.repeat(100));
    const traceState = extracted([`dd=${DATADOG}`, ...long].join(','));
    expect(traceState.serialize().length).toBeGreaterThan(3000);
    expect(sent(traceState).others).toEqual(long);
    expect(sent(traceState.set('new', '1')).others).toEqual(['new=1', ...long.slice(0, 30)]);
  });

  test('what dd cannot hold survives a change of another member', () => {
    const tags = `_dd.p.usr.id=${'u'.repeat(300)}`;
    const headers = {
      'x-datadog-trace-id': '1',
      'x-datadog-parent-id': '2',
      'x-datadog-origin': 'a;b~c',
      'x-datadog-tags': tags,
    };
    const parent = trace.getSpanContext(propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter));
    const carrier: Record<string, string> = {};
    const changed = { ...parent, traceState: parent?.traceState?.set('ot', 'th:0') } as typeof parent;
    propagator.inject(
      trace.setSpanContext(ROOT_CONTEXT, changed as NonNullable<typeof parent>),
      carrier,
      defaultTextMapSetter,
    );
    expect(carrier).toMatchObject({ 'x-datadog-origin': 'a;b~c', 'x-datadog-tags': `${tags},_dd.p.dm=-0` });
    expect(carrier.tracestate).toContain(',ot=th:0');
  });
});
