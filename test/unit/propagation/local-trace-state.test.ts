import {
  createTraceState,
  ROOT_CONTEXT,
  type SpanContext,
  TraceFlags,
  type TraceState,
  trace,
} from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { DatadogTraceState, decidedTraceState, parseTraceState } from '../../../src/propagation/datadog-trace-state.ts';
import { decisionCell, LocalTraceState } from '../../../src/propagation/local-trace-state.ts';
import { DEFAULT_SETTINGS } from '../../../src/propagation/propagation-settings.ts';
import { injectFields } from './injected-fields.ts';

const IDS = { traceId: '6b0305aa00000000079f1ce5c3953e3c', spanId: '0252a07dde78ec70' };
const extracted = () => new DatadogTraceState(parseTraceState('dd=s:1;t.dm:-3;t.ksr:0.5,foo=1'));
const spanContext = (traceState: TraceState, traceFlags = TraceFlags.SAMPLED): SpanContext => ({
  ...IDS,
  traceFlags,
  traceState,
});
const sent = (context: SpanContext) => injectFields(trace.setSpanContext(ROOT_CONTEXT, context), DEFAULT_SETTINGS);

test('copies see the same decision, and the one beneath never changes', () => {
  const beneath = extracted();
  const local = new LocalTraceState(beneath);
  const copy = local.set('ot', 'th:8').unset('foo');
  expect(copy.serialize()).toBe('dd=s:1;t.dm:-3;t.ksr:0.5,ot=th:8');

  local.cell.samplingPriority = -1;

  expect(copy.serialize()).toBe('dd=s:-1,ot=th:8');
  expect(copy.get('dd')).toBe('s:-1');
  expect(copy.get('ot')).toBe('th:8');
  expect(local.serialize()).toBe('dd=s:-1,foo=1');
  expect(beneath.serialize()).toBe('dd=s:1;t.dm:-3;t.ksr:0.5,foo=1');
});

test('the flags that are sent are those of the decision, in all formats', () => {
  const local = new LocalTraceState(extracted());
  const context = spanContext(local);
  const settings = {
    ...DEFAULT_SETTINGS,
    injectStyles: new Set(['datadog', 'tracecontext', 'b3', 'b3multi'] as const),
  };
  const all = (of: SpanContext) => {
    const fields = injectFields(trace.setSpanContext(ROOT_CONTEXT, of), settings);
    return [
      fields['x-datadog-sampling-priority'],
      fields.traceparent?.slice(-2),
      fields.b3?.slice(-2),
      fields['x-b3-sampled'],
    ];
  };
  expect(all(context)).toEqual(['1', '01', '-1', '1']);
  local.cell.samplingPriority = 0;
  expect(all(context)).toEqual(['0', '00', '-0', '0']);
  local.cell.samplingPriority = 1;
  expect(all(spanContext(local, TraceFlags.NONE))).toEqual(['1', '01', '-1', '1']);
  local.cell.samplingPriority = undefined;
  expect(all(context)).toEqual(['1', '01', '-1', '1']);
});

test('local traces over one state send each their own decision, in any order', () => {
  const beneath = extracted();
  const locals = [2, -1, undefined, 2, 0, 1, undefined].map(
    (samplingPriority) => new LocalTraceState(beneath, { samplingPriority }),
  );
  const priorities = () => locals.map((local) => sent(spanContext(local))['x-datadog-sampling-priority']);
  const expected = ['2', '-1', '1', '2', '0', '1', '1'];
  expect(priorities()).toEqual(expected);
  expect(priorities()).toEqual(expected);
});

test('other trace states have no cell', () => {
  for (const traceState of [extracted(), createTraceState('dd=s:1'), undefined]) {
    expect(decisionCell({ ...IDS, traceFlags: 1, ...(traceState && { traceState }) })).toBeUndefined();
  }
});

test('without a decision by hand the sampled flag counts, as without a cell', () => {
  const dropped = decidedTraceState(spanContext(new LocalTraceState(extracted()), TraceFlags.NONE));
  expect(dropped.serialize()).toBe(decidedTraceState(spanContext(extracted(), TraceFlags.NONE)).serialize());
  expect(dropped.datadog.samplingPriority).toBe(0);
});
