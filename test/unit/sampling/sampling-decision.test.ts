import { type Attributes, INVALID_SPAN_CONTEXT, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AlwaysOffSampler, AlwaysOnSampler, ParentBasedSampler, type Sampler } from '@opentelemetry/sdk-trace-node';
import * as oldest from 'sdk-trace-base-2.0';
import { describe, expect, test } from 'vitest';
import { SampledSpanProcessor } from '../../../src/tracing/sampled-export.ts';
import { DatadogSampler } from '../../../src/tracing/sampler.ts';
import { setSamplingPriority } from '../../../src/tracing/sampling-decision.ts';
import { DatadogSpanProcessor } from '../../../src/tracing/span-processor.ts';
import { decisionIn, fromDatadog, received, tracedProcess } from './traced.ts';

const KEPT = { priority: '2', tags: { '_dd.p.dm': '-4' }, flags: '01', s: '2' };
const DROPPED = { priority: '-1', tags: {}, flags: '00', s: '-1' };

const SAMPLERS: Record<string, () => Sampler> = {
  'DatadogSampler, which keeps': () => new DatadogSampler({ env: {} }),
  'DatadogSampler, which drops': () => new DatadogSampler({ sampleRate: 0, env: {} }),
  'an OpenTelemetry sampler that keeps': () => new ParentBasedSampler({ root: new AlwaysOnSampler() }),
};

describe.each(Object.keys(SAMPLERS))('under %s', (name) => {
  const traced = () => tracedProcess(SAMPLERS[name]?.());

  test.each([
    [2, KEPT],
    [-1, DROPPED],
    [1, { ...KEPT, priority: '1', s: '1' }],
    [0, { ...DROPPED, priority: '0', s: '0' }],
  ] as const)(
    'setSamplingPriority(%i) in one span is for all of the local trace, started before or after',
    (priority, decision) => {
      const { start } = traced();
      const root = start('root');
      const child = start('child', root.context);
      const sibling = start('sibling', root.context);

      expect(setSamplingPriority(priority, child.context)).toBe(true);

      for (const span of [root, child, sibling, start('later', root.context), start('last', child.context)]) {
        expect(decisionIn(span.context)).toEqual(decision);
      }
    },
  );

  test('the last decision counts', () => {
    const { start } = traced();
    const root = start('root');
    setSamplingPriority(2, root.context);
    setSamplingPriority(-1, root.context);
    expect(decisionIn(root.context)).toEqual(DROPPED);
    setSamplingPriority(2, root.context);
    expect(decisionIn(root.context)).toEqual(KEPT);
  });

  test('another local trace, of the same message too, and the message itself keep theirs', () => {
    const { start } = traced();
    const message = received(fromDatadog(1, ',_dd.p.dm=-3,_dd.p.ksr=0.5'));
    const before = decisionIn(message);
    const one = start('one', message);
    const other = start('other', message);

    setSamplingPriority(-1, one.context);

    expect(decisionIn(one.context)).toEqual(DROPPED);
    for (const context of [message, other.context, start('next', message).context]) {
      expect(decisionIn(context)).toEqual(before);
    }
    expect(before).toMatchObject({ priority: '1', tags: { '_dd.p.dm': '-3', '_dd.p.ksr': '0.5' } });
  });

  test('what came from outside is no span of ours', () => {
    const message = received(fromDatadog(1));
    expect(setSamplingPriority(-1, message)).toBe(false);
    expect(decisionIn(message)).toMatchObject({ priority: '1' });
  });

  const attributes: [attributes: Attributes, decision: object | undefined][] = [
    [{ 'manual.keep': true }, KEPT],
    [{ 'manual.keep': '' }, KEPT],
    [{ 'manual.keep': false }, undefined],
    [{ 'manual.drop': true }, DROPPED],
    [{ 'manual.drop': false }, undefined],
    [{ 'sampling.priority': 1 }, KEPT],
    [{ 'sampling.priority': 2 }, KEPT],
    [{ 'sampling.priority': '2' }, KEPT],
    [{ 'sampling.priority': 0 }, DROPPED],
    [{ 'sampling.priority': -1 }, DROPPED],
    [{ 'sampling.priority': 3 }, undefined],
    [{ 'sampling.priority': 'keep' }, undefined],
    [{ 'sampling.priority': true }, undefined],
  ];

  test.each(attributes)('attribute %j of a child, set at its start, later, or with others', (given, decision) => {
    const { start, tracer } = traced();
    const ways: ((root: ReturnType<typeof start>) => void)[] = [
      (root) => start('child', root.context, given),
      (root) => start('child', root.context).span.setAttributes({ 'http.route': '/', ...given }),
      (root) => {
        const child = tracer.startSpan('child', {}, root.context);
        for (const [key, value] of Object.entries(given)) child.setAttribute(key, value as string);
      },
    ];
    for (const way of ways) {
      const root = start('root');
      const before = decisionIn(root.context);
      way(root);
      expect(decisionIn(root.context)).toEqual(decision ?? before);
    }
  });

  test.each(attributes)('attribute %j of the first span, at its start', (given, decision) => {
    const { start } = traced();
    expect(decisionIn(start('root', ROOT_CONTEXT, given).context)).toEqual(decision ?? decisionIn(start('r').context));
  });

  test('manual.keep goes before manual.drop, and both before sampling.priority', () => {
    const { start } = traced();
    const all = { 'sampling.priority': 0, 'manual.drop': true, 'manual.keep': true };
    expect(decisionIn(start('root', ROOT_CONTEXT, all).context)).toEqual(KEPT);
    const two = { 'sampling.priority': 1, 'manual.drop': true };
    expect(decisionIn(start('root', ROOT_CONTEXT, two).context)).toEqual(DROPPED);
  });

  test('is exported as it was decided, on spans that ended before too, and the user finds what they set', async () => {
    const { start, exported } = traced();
    const root = start('root');
    start('ended before', root.context).span.end();
    const failed = start('failed', root.context, { mine: 1 });
    failed.span.setAttribute('manual.keep', true);
    failed.span.end();
    root.span.end();

    const spans = new Map((await exported()).map((span) => [span.name, span.attributes]));
    expect([...spans.keys()].sort()).toEqual(['ended before', 'failed', 'root']);
    expect(spans.get('failed')).toMatchObject({
      mine: 1,
      'manual.keep': true,
      'sampling.priority': 2,
      '_dd.p.dm': '-4',
    });
    expect(spans.get('root')).toMatchObject({ 'sampling.priority': 2, '_dd.p.dm': '-4' });
    expect(spans.get('root')).not.toHaveProperty(['_dd.p.ksr']);
  });

  test('of a trace that is dropped by hand nothing more is exported', async () => {
    const { start, exported } = traced();
    const root = start('root');
    root.span.setAttribute('sampling.priority', 0);
    start('child', root.context).span.end();
    root.span.end();
    expect(await exported()).toEqual([]);
  });
});

describe('under an OpenTelemetry sampler that drops', () => {
  const traced = (processors: boolean) =>
    tracedProcess(new ParentBasedSampler({ root: new AlwaysOffSampler() }), { processors });

  test.each([true, false])(
    'setSamplingPriority() is for the span and those that it has afterwards (our processors: %s)',
    (processors) => {
      const { start } = traced(processors);
      const root = start('root');
      expect(decisionIn(root.context)).toEqual({ priority: '0', tags: {}, flags: '00', s: '0' });

      expect(setSamplingPriority(2, root.context)).toBe(true);

      expect(decisionIn(root.context)).toEqual(KEPT);
      expect(decisionIn(start('child', start('between', root.context).context).context)).toEqual(KEPT);
      expect(decisionIn(start('other').context)).toMatchObject({ priority: '0' });
    },
  );
});

test('the oldest SDK that is supported', async () => {
  const exporter = new oldest.InMemorySpanExporter();
  const next = new oldest.SimpleSpanProcessor(exporter);
  const provider = new oldest.BasicTracerProvider({
    sampler: new DatadogSampler({ sampleRate: 0, env: {} }),
    spanProcessors: [new DatadogSpanProcessor(), new SampledSpanProcessor(next)],
  });
  const root = provider.getTracer('test').startSpan('root', {}, ROOT_CONTEXT);
  const context = trace.setSpan(ROOT_CONTEXT, root);
  provider.getTracer('test').startSpan('child', {}, context).end();
  root.setAttribute('sampling.priority', 1);
  expect(decisionIn(context)).toEqual(KEPT);
  root.end();
  expect(exporter.getFinishedSpans().map(({ name, attributes }) => [name, attributes['sampling.priority']])).toEqual([
    ['child', 2],
    ['root', 2],
  ]);
});

test('no span, an invalid one, a priority that is none', () => {
  expect(setSamplingPriority(2)).toBe(false);
  expect(setSamplingPriority(2, trace.setSpanContext(ROOT_CONTEXT, INVALID_SPAN_CONTEXT))).toBe(false);
  expect(INVALID_SPAN_CONTEXT).not.toHaveProperty('traceState');
  expect(() => setSamplingPriority(3 as 2)).toThrow(TypeError);
});
