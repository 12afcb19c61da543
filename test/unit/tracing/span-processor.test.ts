import {
  type Attributes,
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
import { describe, expect, test, vi } from 'vitest';
import { datadogNaming, operationNamesFrom } from '../../../src/configuration/operation-names.ts';
import { setExtraction } from '../../../src/propagation/extraction.ts';
import { DEFAULT_SETTINGS } from '../../../src/propagation/propagation-settings.ts';
import { extractFields } from '../../../src/propagation/text-map.ts';
import { DatadogSpanProcessor, type DatadogSpanProcessorOptions } from '../../../src/tracing/span-processor.ts';

const TRACE_ID = '6b0305aa00000000079f1ce5c3953e3c';
const aws = (service: string, method: string) => ({
  'rpc.system': 'aws-api',
  'rpc.service': service,
  'rpc.method': method,
});
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
  const v0 = { operationNames: 'v0', env: {} } as const;
  const names = ({ attributes }: ReadableSpan) => [
    attributes['operation.name'],
    attributes['resource.name'],
    attributes['span.type'],
  ];

  test.each<[kind: SpanKind, attributes: Attributes, names: (string | undefined)[]]>([
    [SpanKind.SERVER, { 'http.request.method': 'GET' }, ['web.request', 'GET', 'web']],
    [SpanKind.SERVER, { 'http.method': 'GET', 'http.route': '/a/:b' }, ['web.request', 'GET /a/:b', 'web']],
    [SpanKind.CLIENT, { 'http.request.method': 'GET', 'http.route': '/a' }, ['http.request', 'GET', 'http']],
    [
      SpanKind.CLIENT,
      { 'http.request.method': '_OTHER', 'http.request.method_original': 'PURGE' },
      ['http.request', 'PURGE', 'http'],
    ],
    [SpanKind.CLIENT, { 'http.request.method': '_OTHER' }, ['http.request', 'HTTP', 'http']],
    [SpanKind.INTERNAL, { 'http.request.method': 'GET' }, [undefined, undefined, undefined]],
    [SpanKind.SERVER, { 'faas.invocation_id': '1', 'http.method': 'GET' }, ['aws.lambda', 'span', 'serverless']],
    [SpanKind.SERVER, { 'faas.coldstart': true }, ['aws.lambda', 'span', 'serverless']],
    [SpanKind.CLIENT, aws('SSM', 'GetParameter'), ['aws.request', 'getParameter', 'http']],
    [
      SpanKind.CLIENT,
      { ...aws('S3', 'PutObject'), 'aws.s3.bucket': 'orders' },
      ['aws.request', 'putObject orders', 'http'],
    ],
    [
      SpanKind.CLIENT,
      { ...aws('DynamoDB', 'GetItem'), 'db.system.name': 'dynamodb', 'aws.dynamodb.table_names': ['orders'] },
      ['aws.request', 'getItem orders', 'dynamodb'],
    ],
    [
      SpanKind.CLIENT,
      { ...aws('DynamoDB', 'BatchGetItem'), 'aws.dynamodb.table_names': ['orders', 'users'] },
      ['aws.request', 'batchGetItem', 'dynamodb'],
    ],
    [SpanKind.PRODUCER, { 'messaging.system': 'aws_sqs' }, ['aws.request', undefined, 'http']],
    [SpanKind.CONSUMER, { 'messaging.system': 'aws.sns' }, ['aws.response', undefined, 'worker']],
    [SpanKind.CLIENT, { 'messaging.system': 'aws_sqs' }, [undefined, undefined, undefined]],
    [
      SpanKind.CLIENT,
      { 'messaging.system': 'kafka', 'messaging.destination.name': 't', 'messaging.operation.type': 'receive' },
      ['kafka.consume', 't', 'worker'],
    ],
    [SpanKind.CLIENT, { 'messaging.system': 'kafka' }, [undefined, undefined, undefined]],
    [SpanKind.CONSUMER, { 'messaging.system': 'rabbitmq' }, [undefined, undefined, undefined]],
    [SpanKind.CLIENT, { 'db.system': 'toString', 'db.statement': 's' }, [undefined, undefined, undefined]],
    [SpanKind.SERVER, { 'db.system': 'redis', 'db.statement': 's' }, [undefined, undefined, undefined]],
  ])('of kind %i with %j: %j', (kind, attributes, expected) => {
    expect(names(spanIn(ROOT_CONTEXT, { kind, attributes }, v0))).toEqual(expected);
  });

  test.each([
    [aws('SSM', 'GetParameter'), 'aws.ssm.request'],
    [{ 'messaging.system': 'aws_sqs' }, 'aws.sqs.send'],
    [{ 'messaging.system': 'aws.sns' }, 'aws.sns.send'],
    [{ 'messaging.system': 'aws_kinesis' }, 'aws.kinesis.request'],
  ])('with %j by v1: %s', (attributes, name) => {
    const span = spanIn(ROOT_CONTEXT, { kind: SpanKind.PRODUCER, attributes }, { operationNames: 'v1', env: {} });
    expect(span.attributes['operation.name']).toBe(name);
  });

  const topic = 'arn:aws:sns:us-east-1:123456789012:orders';
  const machine = 'arn:aws:states:us-east-1:123456789012:stateMachine:orders';
  test.each<[kind: SpanKind, attributes: Attributes, tags: Attributes]>([
    [
      SpanKind.PRODUCER,
      { ...aws('SQS', 'SendMessage'), 'messaging.destination.name': 'orders' },
      { queuename: 'orders' },
    ],
    [
      SpanKind.CONSUMER,
      { ...aws('SQS', 'ReceiveMessage'), 'messaging.destination.name': 'orders' },
      { queuename: 'orders' },
    ],
    [
      SpanKind.CONSUMER,
      { 'messaging.system': 'aws_sqs', 'messaging.destination.name': 'orders' },
      { queuename: 'orders' },
    ],
    [
      SpanKind.PRODUCER,
      { 'messaging.system': 'aws_sqs', 'messaging.destination.name': 'orders' },
      { queuename: 'orders' },
    ],
    [SpanKind.CLIENT, aws('SQS', 'ListQueues'), {}],
    [SpanKind.PRODUCER, { ...aws('SNS', 'Publish'), 'aws.sns.topic.arn': topic }, { topicname: 'orders' }],
    [SpanKind.CLIENT, { ...aws('SNS', 'PublishBatch'), 'aws.sns.topic.arn': topic }, { topicname: 'orders' }],
    [
      SpanKind.CONSUMER,
      { 'messaging.system': 'aws.sns', 'messaging.destination.name': 'orders' },
      { topicname: 'orders' },
    ],
    [
      SpanKind.PRODUCER,
      { 'messaging.system': 'aws.sns', 'messaging.destination.name': topic },
      { topicname: 'orders' },
    ],
    [SpanKind.CLIENT, aws('SNS', 'Publish'), {}],
    [
      SpanKind.CLIENT,
      { ...aws('Kinesis', 'PutRecord'), 'aws.kinesis.stream.name': 'orders' },
      { streamname: 'orders' },
    ],
    [
      SpanKind.CONSUMER,
      { 'messaging.system': 'aws_kinesis', 'messaging.destination.name': 'orders' },
      { streamname: 'orders' },
    ],
    [SpanKind.CLIENT, { ...aws('Lambda', 'Invoke'), 'faas.invoked_name': 'orders' }, { functionname: 'orders' }],
    [SpanKind.SERVER, { 'faas.invocation_id': '1' }, { functionname: 'span' }],
    [SpanKind.CLIENT, { ...aws('S3', 'PutObject'), 'aws.s3.bucket': 'orders' }, { bucketname: 'orders' }],
    [
      SpanKind.CLIENT,
      { ...aws('DynamoDB', 'GetItem'), 'aws.dynamodb.table_names': ['orders'] },
      { tablename: 'orders' },
    ],
    [SpanKind.CLIENT, { ...aws('DynamoDB', 'BatchGetItem'), 'aws.dynamodb.table_names': ['orders', 'users'] }, {}],
    [
      SpanKind.CLIENT,
      { ...aws('SFN', 'StartExecution'), 'aws.step_functions.state_machine.arn': machine },
      { statemachinearn: machine },
    ],
    [SpanKind.CLIENT, aws('EventBridge', 'PutEvents'), {}],
    [SpanKind.CONSUMER, { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' }, {}],
    [
      SpanKind.PRODUCER,
      { ...aws('SQS', 'SendMessage'), 'messaging.destination.name': 'orders', queuename: 'mine' },
      { queuename: 'mine' },
    ],
  ])('of kind %i with %j the destination has the tags %j', (kind, attributes, tags) => {
    const tagsOf = (of: Attributes) =>
      Object.fromEntries(Object.entries(of).filter(([name]) => /^(?:[a-z]+name|statemachinearn)$/.test(name)));
    expect(tagsOf(spanIn(ROOT_CONTEXT, { kind, attributes }, v0).attributes)).toEqual(tags);
    const unnamed = spanIn(ROOT_CONTEXT, { kind, attributes }, { operationNames: false, env: {} });
    expect(tagsOf(unnamed.attributes)).toEqual(tagsOf(attributes));
  });

  test.each(['operation.name', 'resource.name', 'span.type'])("a user's %s stays", (name) => {
    const attributes = { 'http.request.method': 'GET', [name]: 'mine' };
    const { attributes: exported } = spanIn(ROOT_CONTEXT, { kind: SpanKind.SERVER, attributes }, v0);
    expect(exported).toMatchObject({
      'operation.name': 'web.request',
      'resource.name': 'GET',
      'span.type': 'web',
      [name]: 'mine',
    });
  });

  test('say what the span knows when it ends', () => {
    const { exporter, tracer } = traced(v0);
    const span = tracer.startSpan('span', { kind: SpanKind.SERVER, attributes: { 'http.request.method': 'GET' } });
    span.setAttribute('http.route', '/late');
    span.end();
    expect(exporter.getFinishedSpans()[0]?.attributes['resource.name']).toBe('GET /late');
  });

  test.each<[options: DatadogSpanProcessorOptions, name: string | undefined]>([
    [{ env: {} }, undefined],
    [{ operationNames: false, env: { OTEL_DATADOG_OPERATION_NAMES: 'v0' } }, undefined],
    [{ env: { OTEL_DATADOG_OPERATION_NAMES: 'v0' } }, 'web.request'],
    [{ env: { OTEL_DATADOG_OPERATION_NAMES: ' V1 ' } }, 'http.server.request'],
    [{ env: { OTEL_DATADOG_OPERATION_NAMES: 'false' } }, undefined],
    [{ env: { DD_TRACE_SPAN_ATTRIBUTE_SCHEMA: 'v1' } }, undefined],
  ])('with %j: %s', (options, name) => {
    const span = { kind: SpanKind.SERVER, attributes: { 'http.request.method': 'GET' } };
    const { attributes } = spanIn(ROOT_CONTEXT, span, options);
    expect(attributes['operation.name']).toBe(name);
    expect('resource.name' in attributes).toBe(name !== undefined);
  });

  test('a bad option is an error, a bad variable a warning', () => {
    expect(() => new DatadogSpanProcessor({ operationNames: 'v2' as 'v1' })).toThrow(
      'operationNames: v2 is none of v0, v1, false',
    );
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    new DatadogSpanProcessor({ env: { OTEL_DATADOG_OPERATION_NAMES: 'v2' } });
    expect(warn.mock.calls).toEqual([
      ['OTEL_DATADOG_OPERATION_NAMES=v2 is none of v0, v1, false; false is used instead', 'otel-datadog-bridge'],
    ]);
    warn.mockRestore();
  });
});

describe("dd-trace's own variable, where spans are named anyway", () => {
  test.each([
    [{}, 'v0'],
    [{ DD_TRACE_SPAN_ATTRIBUTE_SCHEMA: 'V1' }, 'v1'],
    [{ DD_TRACE_SPAN_ATTRIBUTE_SCHEMA: 'v1', OTEL_DATADOG_OPERATION_NAMES: 'v0' }, 'v0'],
    [{ DD_TRACE_SPAN_ATTRIBUTE_SCHEMA: 'v1', OTEL_DATADOG_OPERATION_NAMES: 'false' }, false],
  ])('with %j the preload has %s', (env, naming) => {
    expect(operationNamesFrom({ env }, datadogNaming(env))).toBe(naming);
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
