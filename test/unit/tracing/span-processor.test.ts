import {
  type Context,
  INVALID_SPAN_CONTEXT,
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  trace,
} from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  InMemorySpanExporter,
  NodeTracerProvider,
  ParentBasedSampler,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import * as oldest from 'sdk-trace-base-2.0';
import { describe, expect, test } from 'vitest';
import { setExtraction } from '../../../src/propagation/extraction.ts';
import { DEFAULT_SETTINGS } from '../../../src/propagation/propagation-settings.ts';
import { extractFields } from '../../../src/propagation/text-map.ts';
import { DatadogSpanProcessor, type DatadogSpanProcessorOptions } from '../../../src/tracing/span-processor.ts';

const TRACE_ID = '6b0305aa00000000079f1ce5c3953e3c';
const DATADOG = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '167372598629952624',
  'x-datadog-sampling-priority': '1',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000,_dd.p.dm=-4',
};
const extract = (fields: Record<string, string>) =>
  extractFields(ROOT_CONTEXT, [(name) => fields[name]], DEFAULT_SETTINGS);

function traced(options?: DatadogSpanProcessorOptions) {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new DatadogSpanProcessor(options), new SimpleSpanProcessor(exporter)];
  const tracer = new NodeTracerProvider({ spanProcessors }).getTracer('test');
  return { exporter, tracer };
}

function spanIn(context: Context, options: SpanOptions = {}, processor?: DatadogSpanProcessorOptions): ReadableSpan {
  const { exporter, tracer } = traced(processor);
  tracer.startSpan('span', options, context).end();
  return exporter.getFinishedSpans()[0] as ReadableSpan;
}

describe('the attributes', () => {
  test.each<[name: string, fields: Record<string, string>, attributes: Record<string, unknown>]>([
    ['a trace id of 128 bits', DATADOG, { 'sampling.priority': 1, '_dd.p.tid': '6b0305aa00000000', '_dd.p.dm': '-4' }],
    ['of 64 bits', { ...DATADOG, 'x-datadog-tags': '' }, { 'sampling.priority': 1 }],
    [
      'kept by the user',
      { ...DATADOG, 'x-datadog-sampling-priority': '2', 'x-datadog-tags': '' },
      { 'sampling.priority': 2 },
    ],
    [
      'an origin',
      { ...DATADOG, 'x-datadog-origin': 'synthetics' },
      { 'sampling.priority': 1, '_dd.p.tid': '6b0305aa00000000', '_dd.p.dm': '-4', '_dd.origin': 'synthetics' },
    ],
    [
      'an origin, as it came',
      { ...DATADOG, 'x-datadog-origin': 'a~;=b' },
      { 'sampling.priority': 1, '_dd.p.tid': '6b0305aa00000000', '_dd.p.dm': '-4', '_dd.origin': 'a~;=b' },
    ],
    [
      'an origin that is illegal',
      { ...DATADOG, 'x-datadog-origin': 'a\r\nb' },
      { 'sampling.priority': 1, '_dd.p.tid': '6b0305aa00000000', '_dd.p.dm': '-4' },
    ],
    [
      'W3C alone',
      { traceparent: `00-${TRACE_ID}-0252a07dde78ec70-01`, tracestate: 'dd=s:2;o:rum' },
      { 'sampling.priority': 2, '_dd.p.tid': '6b0305aa00000000', '_dd.origin': 'rum' },
    ],
    [
      'W3C without Datadog in it',
      { traceparent: `00-${TRACE_ID}-0252a07dde78ec70-01` },
      { 'sampling.priority': 1, '_dd.p.tid': '6b0305aa00000000', '_dd.p.dm': '-0' },
    ],
    [
      'nobody decided',
      { ...DATADOG, 'x-datadog-sampling-priority': '', 'x-datadog-tags': '' },
      { 'sampling.priority': 1, '_dd.p.dm': '-0' },
    ],
    [
      'other tags of the trace, and the last Datadog span before it',
      {
        ...DATADOG,
        'x-datadog-tags': `_dd.p.tid=6b0305aa00000000,_dd.p.usr.id=${'u'.repeat(200)}`,
        traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01`,
      },
      {
        'sampling.priority': 1,
        '_dd.p.tid': '6b0305aa00000000',
        '_dd.p.usr.id': 'u'.repeat(128),
        '_dd.parent_id': '0252a07dde78ec70',
      },
    ],
    [
      'an upper half that is malformed',
      { ...DATADOG, 'x-datadog-tags': '_dd.p.tid=xyz' },
      { 'sampling.priority': 1, '_dd.propagation_error': 'malformed_tid xyz' },
    ],
    [
      'baggage of the configured keys',
      { ...DATADOG, 'x-datadog-tags': '', baggage: `user.id=${'u'.repeat(200)},service.name=x,session.id=7` },
      { 'sampling.priority': 1, 'baggage.user.id': 'u'.repeat(128), 'baggage.session.id': '7' },
    ],
  ])('%s', (_name, fields, attributes) => {
    expect(spanIn(extract(fields)).attributes).toEqual(attributes);
  });

  test('a trace of our own has the upper half of its own id', () => {
    const span = spanIn(ROOT_CONTEXT);
    expect(span.attributes).toEqual({
      'sampling.priority': 1,
      '_dd.p.tid': span.spanContext().traceId.slice(0, 16),
      '_dd.p.dm': '-0',
    });
  });

  test('every span of a trace has them, but for what the first one says for all', () => {
    const { exporter, tracer } = traced();
    const parent = tracer.startSpan('parent', {}, extract({ ...DATADOG, 'x-datadog-origin': 'rum' }));
    tracer.startSpan('child', {}, trace.setSpan(ROOT_CONTEXT, parent)).end();
    parent.end();
    const [child, own] = exporter.getFinishedSpans();
    expect(child?.attributes).toEqual({ 'sampling.priority': 1, '_dd.p.tid': '6b0305aa00000000', '_dd.origin': 'rum' });
    expect(own?.attributes).toEqual({ ...child?.attributes, '_dd.p.dm': '-4' });
  });

  test('a long origin is cut', () => {
    expect(spanIn(extract({ ...DATADOG, 'x-datadog-origin': 'o'.repeat(500) })).attributes['_dd.origin']).toBe(
      'o'.repeat(128),
    );
  });

  test('the priority is there before a processor that exports at the end of a span sees it', () => {
    const exporter = new InMemorySpanExporter();
    const spanProcessors = [new SimpleSpanProcessor(exporter), new DatadogSpanProcessor()];
    new NodeTracerProvider({ spanProcessors }).getTracer('test').startSpan('span').end();
    expect(exporter.getFinishedSpans()[0]?.attributes['sampling.priority']).toBe(1);
  });

  test('a trace that was dropped has no spans', () => {
    const { exporter, tracer } = traced();
    tracer.startSpan('span', {}, extract({ ...DATADOG, 'x-datadog-sampling-priority': '-1' })).end();
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  test('a sampler that records without sampling', () => {
    const attributes: Record<string, unknown>[] = [];
    const sampler = { shouldSample: () => ({ decision: 1 }), toString: () => 'record only' };
    const look = {
      onStart() {},
      onEnd: (span: ReadableSpan) => void attributes.push(span.attributes),
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    const provider = new NodeTracerProvider({ sampler, spanProcessors: [new DatadogSpanProcessor(), look] });
    provider
      .getTracer('test')
      .startSpan('span', {}, extract({ ...DATADOG, 'x-datadog-tags': '' }))
      .end();
    expect(attributes).toEqual([{ 'sampling.priority': 0 }]);
  });
});

describe('the links that extraction found', () => {
  const remote: SpanContext = { traceId: TRACE_ID, spanId: '00000000000000aa', traceFlags: 1, isRemote: true };
  const link: Link = {
    context: { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 },
    attributes: { reason: 'terminated_context' },
  };
  const linked = (context: Context, count = 1) => setExtraction(context, Array<Link>(count).fill(link));

  test.each([
    ['remote', trace.setSpanContext(ROOT_CONTEXT, remote)],
    ['absent', ROOT_CONTEXT],
    ['invalid', trace.setSpanContext(ROOT_CONTEXT, INVALID_SPAN_CONTEXT)],
  ])('are on a span whose parent is %s', (_name, context) => {
    expect(spanIn(linked(context)).links).toEqual([link]);
    expect(spanIn(linked(context)).attributes).not.toHaveProperty('otel_datadog_bridge.omitted_links');
  });

  test('are on one whose caller asks for a new trace', () => {
    expect(spanIn(linked(trace.setSpanContext(ROOT_CONTEXT, remote)), { root: true }).links).toEqual([link]);
  });

  test('are not on the children of that span', () => {
    const { exporter, tracer } = traced();
    const context = linked(trace.setSpanContext(ROOT_CONTEXT, remote));
    const parent = tracer.startSpan('parent', {}, context);
    tracer.startSpan('child', {}, trace.setSpan(context, parent)).end();
    parent.end();
    expect(exporter.getFinishedSpans().map(({ name, links }) => [name, links.length])).toEqual([
      ['child', 0],
      ['parent', 1],
    ]);
  });

  test('stand behind those of the caller', () => {
    const own: Link = { context: remote };
    expect(spanIn(linked(ROOT_CONTEXT), { links: [own] }).links).toEqual([own, link]);
  });

  test.each([
    [100, undefined],
    [101, 1],
    [250, 150],
  ])('of %i, those that were left out are counted: %s', (count, omitted) => {
    const span = spanIn(linked(ROOT_CONTEXT, count));
    expect(span.links).toHaveLength(100);
    expect(span.attributes['otel_datadog_bridge.omitted_links']).toBe(omitted);
  });
});

describe('operation names', () => {
  const v0 = { operationNames: 'v0' } as const;

  test.each([
    [SpanKind.SERVER, { 'http.request.method': 'GET' }, 'web.request'],
    [SpanKind.SERVER, { 'http.method': 'GET' }, 'web.request'],
    [SpanKind.CLIENT, { 'http.request.method': 'GET' }, 'http.request'],
    [SpanKind.CONSUMER, { 'messaging.system': 'aws_sqs' }, 'aws.response'],
    [SpanKind.PRODUCER, { 'messaging.system': 'aws_sqs' }, 'aws.request'],
    [SpanKind.CLIENT, { 'rpc.service': 'SQS' }, 'aws.request'],
    [SpanKind.INTERNAL, { 'http.request.method': 'GET' }, undefined],
    [SpanKind.CLIENT, { 'db.system': 'redis' }, undefined],
    [SpanKind.SERVER, { 'http.request.method': 'GET', 'operation.name': 'mine' }, 'mine'],
  ])('of kind %i with %j: %s', (kind, attributes, name) => {
    expect(spanIn(ROOT_CONTEXT, { kind, attributes }, v0).attributes['operation.name']).toBe(name);
  });

  test('are given only where they are asked for', () => {
    const options = { kind: SpanKind.SERVER, attributes: { 'http.request.method': 'GET' } };
    expect(spanIn(ROOT_CONTEXT, options).attributes).not.toHaveProperty('operation.name');
    expect(spanIn(ROOT_CONTEXT, options, { operationNames: false }).attributes).not.toHaveProperty('operation.name');
  });
});

test('it works beside a sampler that keeps nothing of its own', () => {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new DatadogSpanProcessor(), new SimpleSpanProcessor(exporter)];
  const sampler = new ParentBasedSampler({ root: new AlwaysOffSampler() });
  const tracer = new NodeTracerProvider({ sampler, spanProcessors }).getTracer('test');
  tracer.startSpan('root').end();
  tracer.startSpan('joined', {}, extract(DATADOG)).end();
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['joined']);
});

test('the oldest SDK of the 2.x line, which knows no `onEnding`, gives its spans the same', () => {
  const exporter = new oldest.InMemorySpanExporter();
  const spanProcessors = [new DatadogSpanProcessor({ operationNames: 'v0' }), new oldest.SimpleSpanProcessor(exporter)];
  const tracer = new oldest.BasicTracerProvider({ spanProcessors }).getTracer('test');
  const options = { kind: SpanKind.SERVER, attributes: { 'http.request.method': 'GET' } };
  tracer.startSpan('span', options, extract(DATADOG)).end();
  expect(exporter.getFinishedSpans()[0]?.attributes).toMatchObject({
    'sampling.priority': 1,
    '_dd.p.tid': '6b0305aa00000000',
    'operation.name': 'web.request',
  });
});
