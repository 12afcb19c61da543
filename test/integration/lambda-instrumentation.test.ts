// The hooks of lambdaInstrumentationConfig, called by contrib's instrumentation.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import {
  AwsLambdaInstrumentation,
  type AwsLambdaInstrumentationConfig,
} from '@opentelemetry/instrumentation-aws-lambda';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type ConsumerOptions,
  DatadogPropagator,
  DatadogSpanProcessor,
  getExtractedLinks,
  lambdaInstrumentationConfig,
  withMessageContext,
} from '../../src/index.ts';
import { eventBridgeEvent, kinesisRecord, snsEnvelope, snsRecord, sqsRecord } from '../unit/deliveries.ts';
import { httpApiEvent, restApiEvent, webSocketEvent } from '../unit/managed-events.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const FILE = join(FIXTURES, 'called-function.cjs');
const require = createRequire(import.meta.url);
const TRACE_ID = '6b0305aa00000000079f1ce5c3953e3c';
const OTHER_TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

const hex = (id: number) => id.toString(16).padStart(16, '0');
const traceparent = (id: number, traceId = TRACE_ID) => `00-${traceId}-${hex(id)}-01`;
const string = (StringValue: string) => ({ DataType: 'String', StringValue });
const w3c = (id: number, traceId = TRACE_ID) => ({ traceparent: string(traceparent(id, traceId)) });
const queued = (id: number, traceId = TRACE_ID) => sqsRecord('hello', w3c(id, traceId));
const batch = (...Records: object[]) => ({ Records });

const exporter = new InMemorySpanExporter();
let provider: NodeTracerProvider;

function start(processors: SpanProcessor[]): void {
  trace.disable();
  provider = new NodeTracerProvider({ spanProcessors: [...processors, new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
}
beforeAll(() => {
  process.env.LAMBDA_TASK_ROOT = FIXTURES;
  new NodeTracerProvider().register({ propagator: new DatadogPropagator({ env: {} }) });
  start([]);
});
afterEach(() => exporter.reset());
afterAll(() => {
  delete process.env.LAMBDA_TASK_ROOT;
});

const lambdaContext = {
  functionName: 'billing',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:billing',
  awsRequestId: 'request',
};

interface Call {
  readonly config?: AwsLambdaInstrumentationConfig;
  readonly options?: ConsumerOptions;
  readonly handler?: 'handler' | 'streaming';
  readonly run?: (event: never) => unknown;
}

/** Calls the function as AWS's runtime does, under contrib's instrumentation, and gives the spans by what they are. */
async function invoke(event: unknown, { config, options = { env: {} }, handler = 'handler', run }: Call = {}) {
  exporter.reset();
  const settings = lambdaInstrumentationConfig({ lambdaHandler: `called-function.${handler}`, ...config }, options);
  const instrumentation = new AwsLambdaInstrumentation(settings);
  instrumentation.setTracerProvider(provider);
  delete require.cache[FILE];
  const loaded = require(FILE)[handler];
  instrumentation.disable();
  Object.assign(globalThis, { onInvocation: run ?? (() => 'done') });
  const result = await (handler === 'handler' ? loaded(event, lambdaContext) : loaded(event, {}, lambdaContext)).catch(
    (error: unknown) => error,
  );
  const spans = exporter.getFinishedSpans();
  const invocation = spans.find(({ name }) => name === 'billing');
  if (invocation === undefined) throw new Error('contrib has made no span');
  return { result, spans, invocation, inferred: spans.filter((span) => 'operation.name' in span.attributes) };
}

const idOf = (span: ReadableSpan | Span | undefined) => span?.spanContext().spanId;
const linksOf = ({ links }: ReadableSpan) => links.map((link) => link.context.spanId);
const parentOf = ({ parentSpanContext }: ReadableSpan) => parentSpanContext?.spanId;

const detail = (id: number) => JSON.parse(eventBridgeEvent(JSON.stringify({ order: 1, traceparent: traceparent(id) })));

describe.each([
  ['alone', () => []],
  ['with DatadogSpanProcessor', () => [new DatadogSpanProcessor()]],
])("contrib's SDK %s", (_name, processors) => {
  beforeAll(() => start(processors()));

  test.each<[name: string, event: unknown, parent: number | undefined]>([
    ['SQS', batch(queued(1)), 1],
    ['SQS in an envelope', batch(sqsRecord(snsEnvelope('m', w3c(1)))), 1],
    ['SNS', batch(snsRecord('m', w3c(1))), 1],
    ['Kinesis', batch(kinesisRecord(JSON.stringify({ traceparent: traceparent(1) }))), 1],
    ['EventBridge', detail(1), 1],
    ['a REST API', restApiEvent({ traceparent: traceparent(1) }), 1],
    ['an HTTP API', httpApiEvent({ traceparent: traceparent(1) }), 1],
    ['a websocket', webSocketEvent({ traceparent: traceparent(1) }), 1],
    ['nothing', { order: 1 }, undefined],
    ['text', 'event', undefined],
    ['a batch without a context', batch(sqsRecord('hello')), undefined],
  ])('of %s the invocation continues the trace, and no span is inferred', async (_name, event, parent) => {
    const { invocation, inferred, result } = await invoke(event);
    expect(result).toBe('done');
    expect(parentOf(invocation)).toBe(parent && hex(parent));
    expect(linksOf(invocation)).toEqual([]);
    expect(inferred).toEqual([]);
  });

  test.each([false, true])(
    'the other records are links of the invocation, each once (inferred: %s)',
    async (inferredSpans) => {
      const records = [sqsRecord('bare'), queued(1), queued(2, OTHER_TRACE), queued(1), queued(3)];
      const { invocation, inferred } = await invoke(batch(...records), { options: { env: {}, inferredSpans } });
      expect(linksOf(invocation)).toEqual([hex(2), hex(3)]);
      expect(inferred.map(linksOf)).toEqual(inferredSpans ? [[]] : []);
      expect(inferred.map(parentOf)).toEqual(inferredSpans ? [hex(1)] : []);
      expect(parentOf(invocation)).toBe(inferredSpans ? idOf(inferred[0]) : hex(1));
    },
  );

  test.each([false, true])(
    'of 200 records 100 are links, and the others are counted (inferred: %s)',
    async (inferredSpans) => {
      const records = Array.from({ length: 200 }, (_, index) => queued(index + 1));
      const { invocation } = await invoke(batch(...records), { options: { env: {}, inferredSpans } });
      expect(linksOf(invocation)).toEqual(Array.from({ length: 100 }, (_, index) => hex(index + 2)));
      expect(invocation.attributes['otel_datadog_bridge.omitted_links']).toBe(99);
    },
  );

  test.each<ConsumerOptions>([
    { env: {}, links: 'only' },
    { env: { OTEL_DATADOG_LINKS: 'only' } },
    { env: {}, links: 'only', inferredSpans: true },
  ])('%j makes links of all messages, and leaves requests their parent', async (options) => {
    const { invocation, inferred } = await invoke(batch(queued(1), queued(2, OTHER_TRACE), queued(1)), { options });
    expect(parentOf(invocation)).toBeUndefined();
    expect(linksOf(invocation)).toEqual([hex(1), hex(2)]);
    expect(inferred).toEqual([]);
    const ofEvent = await invoke(detail(1), { options });
    expect([parentOf(ofEvent.invocation), linksOf(ofEvent.invocation)]).toEqual([undefined, [hex(1)]]);
    const ofRequest = await invoke({ headers: { traceparent: traceparent(1) } }, { options });
    expect([parentOf(ofRequest.invocation), linksOf(ofRequest.invocation)]).toEqual([hex(1), []]);
  });
});

describe("a user's own hooks", () => {
  beforeAll(() => start([]));
  const named = (id: number): Context =>
    trace.setSpanContext(ROOT_CONTEXT, { traceId: OTHER_TRACE, spanId: hex(id), traceFlags: 1, isRemote: true });

  test('run, and first: requestHook before the links, responseHook before the end of what waits', async () => {
    const seen: unknown[] = [];
    const config: AwsLambdaInstrumentationConfig = {
      requestHook: (span, { event, context: given }) => {
        seen.push(['request', event.Records.length, given.awsRequestId, linksOf(span as unknown as ReadableSpan)]);
      },
      responseHook: (_span, { err, res }) => {
        seen.push(['response', err, res]);
      },
    };
    const { invocation } = await invoke(batch(queued(1), queued(2)), { config });
    expect(seen).toEqual([
      ['request', 2, 'request', []],
      ['response', null, 'done'],
    ]);
    expect(linksOf(invocation)).toEqual([hex(2)]);
  });

  test('may fail', async () => {
    const fail = () => {
      throw new Error('hook');
    };
    const config = { eventContextExtractor: fail, requestHook: fail, responseHook: fail };
    const { invocation, inferred, result } = await invoke(httpApiEvent({ traceparent: traceparent(1) }), {
      config,
      options: { env: {}, inferredSpans: true },
    });
    expect(result).toBe('done');
    expect(inferred.map(parentOf)).toEqual([hex(1)]);
    expect(parentOf(invocation)).toBe(idOf(inferred[0]));
    expect(linksOf((await invoke(batch(queued(1), queued(2)), { config })).invocation)).toEqual([hex(2)]);
  });

  test.each([
    ['wins with a span', named(9), hex(9)],
    ['gives way without one', ROOT_CONTEXT, hex(1)],
    [
      'gives way with an invalid one',
      trace.setSpanContext(ROOT_CONTEXT, { traceId: '', spanId: '', traceFlags: 0 }),
      hex(1),
    ],
    ['gives way with nothing', undefined as unknown as Context, hex(1)],
  ])('an eventContextExtractor %s', async (_name, found, parent) => {
    const config = { eventContextExtractor: () => found };
    expect(parentOf((await invoke(batch(queued(1)), { config })).invocation)).toBe(parent);
    const { inferred } = await invoke(batch(queued(1)), { config, options: { env: {}, inferredSpans: true } });
    expect(inferred.map(parentOf)).toEqual([parent]);
  });

  test('nothing else of the configuration is touched', () => {
    const config = { lambdaHandler: 'index.handler', useGlobalPropagatorForSqsExtraction: true, enabled: false };
    const frozen = Object.freeze({ ...config });
    expect(lambdaInstrumentationConfig(frozen)).toMatchObject(config);
    expect(lambdaInstrumentationConfig().eventContextExtractor({}, {})).toBe(ROOT_CONTEXT);
  });
});

test('baggage and links come through where there is no span', async () => {
  let team: string | undefined;
  await invoke(
    { headers: { baggage: 'team=a' } },
    {
      run: () => {
        team = propagation.getActiveBaggage()?.getEntry('team')?.value;
      },
    },
  );
  expect(team).toBe('a');
  let links = 0;
  const look = () => {
    links = getExtractedLinks(context.active()).length;
  };
  await invoke(batch(queued(1)), { options: { env: {}, links: 'only' }, run: look });
  expect(links).toBe(1);
});

describe('with inferred spans', () => {
  const options: ConsumerOptions = { env: { DD_SERVICE: 'billing' }, inferredSpans: true };

  test('time in the queue stands between sender and invocation, and begins a trace where nobody has', async () => {
    for (const [record, parent] of [
      [queued(1), hex(1)],
      [sqsRecord('hello'), undefined],
    ] as const) {
      const { inferred, invocation, spans } = await invoke(batch(record), { options });
      expect(inferred.map(({ name, kind }) => [name, kind])).toEqual([['aws.sqs', SpanKind.SERVER]]);
      const [queue] = inferred as [ReadableSpan];
      expect(parentOf(queue)).toBe(parent);
      expect(parentOf(invocation)).toBe(idOf(queue));
      expect(queue.startTime).toEqual([1795359982, 700_000_000]);
      expect(queue.attributes).toMatchObject({
        'resource.name': 'orders',
        'service.name': 'orders',
        'peer.service': 'billing',
        request_id: 'request',
      });
      // It has ended when the invocation begins: it is the first that is exported.
      expect(idOf(spans[0])).toBe(idOf(queue));
    }
  });

  test("the span is that of the record which is the invocation's parent", async () => {
    const first = { ...sqsRecord('bare'), eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:first' };
    const { inferred } = await invoke(batch(first, queued(2)), { options });
    expect(inferred.map((span) => [parentOf(span), span.attributes['resource.name']])).toEqual([[hex(2), 'orders']]);
  });

  test('a topic or a bus before a queue is a span before that', async () => {
    const { inferred, invocation } = await invoke(batch(sqsRecord(snsEnvelope('m', w3c(1)))), { options });
    expect(inferred.map(({ name }) => name)).toEqual(['aws.sns', 'aws.sqs']);
    const [topic, queue] = inferred as [ReadableSpan, ReadableSpan];
    expect([parentOf(topic), parentOf(queue), parentOf(invocation)]).toEqual([hex(1), idOf(topic), idOf(queue)]);
    expect(topic.startTime).toEqual([1795359982, 699_000_000]);
    expect(topic.endTime).toEqual([1795359982, 700_000_000]);
  });

  test('withMessageContext goes on behind the span that there is, and makes one for each of the other records', async () => {
    const event = batch(queued(1), queued(2), sqsRecord('bare'));
    const { spans, inferred, invocation } = await invoke(event, {
      options,
      run: ({ Records }: { Records: object[] }) => {
        for (const record of Records) withMessageContext(record, () => {}, { env: {}, inferredSpans: true });
      },
    });
    expect(inferred.map(parentOf)).toEqual([hex(1), hex(2)]);
    const work = spans.filter(
      ({ instrumentationScope, kind }) =>
        instrumentationScope.name === 'otel-datadog-bridge' && kind === SpanKind.CONSUMER,
    );
    const [first, second] = inferred;
    expect(work.map(parentOf)).toEqual([idOf(first), idOf(second), idOf(invocation)]);
    expect(work.map(linksOf)).toEqual([[idOf(invocation)], [idOf(invocation)], []]);
  });

  test.each<[name: string, run: () => unknown, status: number | undefined, code: SpanStatusCode]>([
    ['answers', () => ({ statusCode: 201 }), 201, SpanStatusCode.UNSET],
    ['answers with an error', () => ({ statusCode: 503 }), 503, SpanStatusCode.ERROR],
    ['answers with anything', () => 'text', undefined, SpanStatusCode.UNSET],
    [
      'fails',
      () => {
        throw new Error('no stock');
      },
      undefined,
      SpanStatusCode.ERROR,
    ],
  ])("an API's span ends with an invocation that %s", async (_name, run, status, code) => {
    for (const handler of ['handler', 'streaming'] as const) {
      let endedWithin: number | undefined;
      const { inferred, invocation, spans } = await invoke(restApiEvent({ traceparent: traceparent(1) }), {
        options,
        handler,
        run: () => {
          endedWithin = exporter.getFinishedSpans().length;
          return run();
        },
      });
      const [api] = inferred as [ReadableSpan];
      expect(endedWithin).toBe(0);
      expect([api.name, parentOf(api), parentOf(invocation)]).toEqual(['aws.apigateway', hex(1), idOf(api)]);
      expect(api.attributes['http.status_code']).toBe(status);
      expect(api.status.code).toBe(code);
      expect(spans).toHaveLength(2);
    }
  });

  test('an invocation that nobody waits for is no part of it', async () => {
    let endedWithin: number | undefined;
    const headers = { traceparent: traceparent(1), 'X-Amz-Invocation-Type': 'Event' };
    await invoke(restApiEvent(headers), {
      options,
      run: () => {
        endedWithin = exporter.getFinishedSpans().length;
      },
    });
    expect(endedWithin).toBe(1);
  });

  test.each([
    ['no time', { ...queued(1), attributes: {} }],
    ['a time that is none', { ...queued(1), attributes: { SentTimestamp: 'soon' } }],
  ])('a record with %s has none', async (_name, record) => {
    const { inferred, invocation } = await invoke(batch(record), { options });
    expect(inferred).toEqual([]);
    expect(parentOf(invocation)).toBe(hex(1));
  });

  test('a record from the future was sent now', async () => {
    const record = { ...queued(1), attributes: { SentTimestamp: String(Date.now() + 3_600_000) } };
    const { inferred } = await invoke(batch(record), { options });
    const [queue] = inferred as [ReadableSpan];
    expect(queue.startTime[0]).toBeLessThanOrEqual(Date.now() / 1000);
    expect(queue.duration).toEqual([0, 0]);
  });

  test("a trace that is dropped stays so, and the sender's tags are on the first span", async () => {
    start([new DatadogSpanProcessor()]);
    const datadog = (priority: string) => ({
      _datadog: string(
        JSON.stringify({
          'x-datadog-trace-id': '5',
          'x-datadog-parent-id': '6',
          'x-datadog-sampling-priority': priority,
          'x-datadog-tags': '_dd.p.usr.id=7',
        }),
      ),
    });
    const { inferred, invocation } = await invoke(batch(sqsRecord('m', datadog('2'))), { options });
    expect(inferred[0]?.attributes).toMatchObject({
      '_dd.p.usr.id': '7',
      'sampling.priority': 2,
      'operation.name': 'aws.sqs',
    });
    expect(invocation.attributes).not.toHaveProperty('_dd.p.usr.id');
    await expect(invoke(batch(sqsRecord('m', datadog('-1'))), { options })).rejects.toThrow('no span');
  });
});

test("contrib's span of a queue is there with ours, and never active", async () => {
  let active: Span | undefined;
  const { spans, invocation } = await invoke(batch(queued(1)), {
    run: () => {
      active = trace.getActiveSpan();
    },
  });
  expect(idOf(active)).toBe(idOf(invocation));
  const process = spans.find(({ name }) => name === 'process orders');
  expect(process && parentOf(process)).toBe(idOf(invocation));
});
