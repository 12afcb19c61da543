import { defaultTextMapGetter, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterEach, expect, test, vi } from 'vitest';
import { DatadogPropagator, DatadogSpanProcessor, getExtractedLinks, type JudgeCarrier } from '../../../src/index.ts';

const INBOUND = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '167372598629952624',
  'x-datadog-sampling-priority': '2',
  baggage: 'user.id=7,team=a',
};
const base = trace.setSpanContext(ROOT_CONTEXT, { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 });

const extract = (extractBehavior: JudgeCarrier, carrier: object = INBOUND) =>
  new DatadogPropagator({ extractBehavior, env: {} }).extract(base, carrier, defaultTextMapGetter);

afterEach(() => vi.restoreAllMocks());

test('a function decides by the carrier: the public edge is distrusted, the own queue is not', () => {
  const judge: JudgeCarrier = (carrier) => ('host' in (carrier as object) ? 'restart' : 'continue');
  const edge = extract(judge, { ...INBOUND, host: 'shop.example' });
  expect(trace.getSpanContext(edge), 'neither the caller nor what was active').toBeUndefined();
  expect(getExtractedLinks(edge).map(({ context }) => context.spanId)).toEqual(['0252a07dde78ec70']);
  expect(propagation.getBaggage(edge)?.getEntry('team')?.value).toBe('a');
  expect(trace.getSpanContext(extract(judge))?.spanId).toBe('0252a07dde78ec70');
});

test('after a restart baggage sets no attribute, and the link is on the first span alone', () => {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new DatadogSpanProcessor(), new SimpleSpanProcessor(exporter)];
  const tracer = new NodeTracerProvider({ spanProcessors }).getTracer('test');
  for (const behavior of ['restart', 'continue'] as const) {
    const context = extract(() => behavior);
    const span = tracer.startSpan('server', {}, context);
    tracer.startSpan('child', {}, trace.setSpan(context, span)).end();
    span.end();
  }
  const [child, restarted, , continued] = exporter.getFinishedSpans();
  expect(restarted?.attributes).not.toHaveProperty('baggage.user.id');
  expect(restarted?.links.map(({ attributes }) => attributes)).toEqual([
    { reason: 'propagation_behavior_extract', context_headers: 'datadog' },
  ]);
  expect(child?.links).toEqual([]);
  expect(continued?.attributes).toMatchObject({ 'baggage.user.id': '7' });
  expect(continued?.attributes).not.toHaveProperty('baggage.team');
});

test.each<[name: string, judge: unknown, warning: string]>([
  ['ignore', () => 'ignore', ''],
  ['nothing', () => undefined, 'extractBehavior gave undefined; such a context is ignored'],
  ['what is none', () => 'trust', 'extractBehavior gave trust; such a context is ignored'],
  [
    'an error',
    () => {
      throw new Error('no');
    },
    'extractBehavior failed; such a context is ignored',
  ],
])('a function that gives %s leaves the context as it is', (_name, judge, warning) => {
  const warned: unknown[] = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((text) => void warned.push(text));
  expect(extract(judge as JudgeCarrier)).toBe(base);
  expect(extract(judge as JudgeCarrier)).toBe(base);
  expect(warned).toEqual(warning === '' ? [] : [warning]);
});
