// A function under AWS's own runtime clients, with the preload and nothing else.
import { trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { extractEventContext } from '../../src/index.ts';
import {
  type FunctionOptions,
  installedRuntimes,
  LambdaFunction,
  missingForLambdaRuntime,
} from '../peers/lambda-runtime/lambda-runtime.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { type ExportedSpan, firstOf, OtlpEndpoint } from './lambda/otlp-endpoint.ts';
import { invocations } from './lambda-readings/cases.ts';
import { REGISTER } from './run-node.ts';

const TASK_ROOT = `${import.meta.dirname}/fixtures/lambda`;
const SERVER = 2;
const UNSET = 0;
const ERROR = 2;

/** Each form of a handler, and the versions of Node whose runtime client knows it. */
const HANDLERS: readonly [handler: string, majors: readonly string[]][] = [
  ['index.handler', ['20', '22', '24']],
  ['index.nested.deep.handler', ['24']],
  ['index.synchronous', ['24']],
  ['index.callback', ['20', '22']],
  ['index.succeeding', ['20', '22']],
];

/** An SQS event with a message of dd-trace's. */
const FROM_DATADOG = {
  Records: [
    {
      messageId: '1',
      body: '{}',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:orders',
      messageAttributes: {
        _datadog: {
          dataType: 'String',
          stringValue:
            '{"x-datadog-trace-id":"549189452716916284","x-datadog-parent-id":"2389016664841884869","x-datadog-sampling-priority":"2","x-datadog-tags":"_dd.p.tid=6b0305aa00000000,_dd.p.dm=-4"}',
        },
      },
    },
  ],
};
const TRACE_ID = '6b0305aa00000000079f1ce5c3953e3c';
const PARENT_SPAN_ID = '21277dffc66394c5';

describeWithToolchain('Lambda', missingForLambdaRuntime(), () => {
  let endpoint: OtlpEndpoint;
  let running: LambdaFunction[] = [];

  beforeAll(async () => {
    await installedRuntimes();
    endpoint = await OtlpEndpoint.start();
  }, 600_000);
  beforeEach(() => endpoint.empty());
  afterEach(async () => {
    await Promise.all(running.map((lambda) => lambda.close()));
    running = [];
  });
  afterAll(() => endpoint?.close());

  async function start(major: string, handler: string, env: Record<string, string> = {}): Promise<LambdaFunction> {
    const preload = { NODE_OPTIONS: `--require ${REGISTER}`, OTEL_DATADOG_FLUSH_TIMEOUT: '9000', ...endpoint.env };
    const options: FunctionOptions = { major, handler, taskRoot: TASK_ROOT, env: { ...preload, ...env } };
    const lambda = await LambdaFunction.start(options);
    running.push(lambda);
    return lambda;
  }

  /** The spans of the invocations that have arrived. */
  function invocationSpans(): ExportedSpan[] {
    return endpoint.spans.filter(({ attributes }) => 'faas.invocation_id' in attributes);
  }

  describe.each(['20', '22', '24'])('on Node %s', (major) => {
    test.each(HANDLERS.filter(([, known]) => known.includes(major)).map(([handler]) => handler))(
      '%s has its span in the trace of a message of dd-trace, and it has arrived with the answer',
      async (handler) => {
        if (handler === 'index.synchronous' && major !== '24') return;
        const lambda = await start(major, handler, { DD_SERVICE: 'billing-service', DD_VERSION: '1.2.3' });
        for (const coldStart of [true, false, false]) {
          endpoint.empty();
          const { body, error, requestId } = await lambda.invoke(FROM_DATADOG);
          expect(error).toBeUndefined();
          const [span] = invocationSpans();
          expect(invocationSpans()).toHaveLength(1);
          expect(JSON.parse(body)).toMatchObject({ traceId: TRACE_ID, spanId: span?.spanId });
          expect(firstOf(endpoint.spans, span as ExportedSpan)).toMatchObject({
            traceId: TRACE_ID,
            parentSpanId: PARENT_SPAN_ID,
          });
          expect(span).toMatchObject({ name: 'billing', kind: SERVER, status: { code: UNSET } });
          expect(span?.attributes).toMatchObject({
            'faas.invocation_id': requestId,
            'faas.coldstart': coldStart,
            'faas.trigger': 'pubsub',
            'cloud.account.id': '123456789012',
            'cloud.resource_id': 'arn:aws:lambda:us-east-1:123456789012:function:billing',
            'span.kind': 'server',
            version: '1.2.3',
            '_dd.p.tid': '6b0305aa00000000',
            'sampling.priority': 2,
            'operation.name': 'aws.lambda',
            'span.type': 'serverless',
          });
          expect(span?.resource).toMatchObject({
            'service.name': 'billing-service',
            'cloud.provider': 'aws',
            'cloud.platform': 'aws_lambda',
            'cloud.region': 'us-east-1',
            'faas.name': 'billing',
            'faas.version': '$LATEST',
            'faas.max_memory': 268435456,
          });
        }
        expect(lambda.output).toBe('');
      },
    );

    test('an ES module with named imports is traced, and what it calls', async () => {
      const lambda = await start(major, 'module.handler');
      const url = `http://127.0.0.1:${endpoint.port}/`;
      const { body } = await lambda.invoke({ ...FROM_DATADOG, url });
      const [span] = invocationSpans();
      expect(JSON.parse(body)).toEqual({ traceId: TRACE_ID, spanId: span?.spanId });
      expect(endpoint.spans.find(({ parentSpanId }) => parentSpanId === span?.spanId)).toMatchObject({ name: 'GET' });
    });

    test('a response that is streamed is, and its span has arrived before the next event', async () => {
      const lambda = await start(major, 'index.streaming');
      for (const fail of [undefined, 'half way']) {
        endpoint.empty();
        const answer = await lambda.invoke({ ...FROM_DATADOG, fail });
        await lambda.idle();
        const [span] = invocationSpans();
        expect(JSON.parse(answer.body)).toEqual({ traceId: TRACE_ID, spanId: span?.spanId });
        expect(answer.streamed).toBe(true);
        expect(answer.error?.errorMessage).toBe(fail);
        expect(span?.status).toEqual(fail === undefined ? { code: UNSET } : { code: ERROR, message: fail });
      }
    });

    test.each(['index.handler', 'index.throwing', 'module.handler'].concat(major === '24' ? [] : ['index.callback']))(
      'the error of %s is on its span, and goes on as it was',
      async (handler) => {
        const plain = await start(major, handler, { NODE_OPTIONS: '' });
        const lambda = await start(major, handler);
        const expected = await plain.invoke({ fail: 'no stock' });
        const { error, body } = await lambda.invoke({ fail: 'no stock' });
        expect(error).toMatchObject({ errorMessage: 'no stock' });
        expect({ ...error, trace: undefined }).toEqual({ ...expected.error, trace: undefined });
        const whereThrown = (answer: string) => /(?:index\.cjs|module\.mjs):\d+:\d+/.exec(answer)?.[0];
        expect(whereThrown(body)).toBe(whereThrown(expected.body));
        expect(invocationSpans()).toMatchObject([{ status: { code: ERROR, message: 'no stock' } }]);
      },
    );

    test.each(['index.nope', 'index.notAFunction', 'broken.handler', 'absent.handler', 'index', '../index.handler'])(
      '%s cannot be loaded, for the same reason as without us',
      async (handler) => {
        const plain = await start(major, handler, { NODE_OPTIONS: '' });
        const lambda = await start(major, handler);
        const { errorType, errorMessage } = await plain.initError;
        expect(await lambda.initError).toMatchObject({ errorType, errorMessage });
        if (handler.startsWith('index.') || handler.startsWith('broken'))
          expect(endpoint.spans).toMatchObject([{ name: 'billing', status: { code: ERROR, message: errorMessage } }]);
      },
    );

    test('a function that runs into its timeout has sent its spans before', async () => {
      const lambda = await start(major, 'index.handler', { OTEL_DATADOG_FLUSH_TIMEOUT: '3000' });
      const answered = lambda.invoke({ ...FROM_DATADOG, hangMillis: 60_000 }, { timeoutMillis: 2500 }).catch(() => {});
      await expect
        .poll(() => invocationSpans(), { timeout: 10_000 })
        .toMatchObject([
          {
            traceId: TRACE_ID,
            attributes: { 'error.type': 'timeout' },
            status: { code: ERROR, message: "no answer 1000 ms before the function's timeout" },
          },
        ]);
      await lambda.close();
      await answered;
    });
  });

  test.each(['20', '22'])(
    'on Node %s a handler that never calls its callback ends with its last work',
    async (major) => {
      const lambda = await start(major, 'index.silent');
      expect((await lambda.invoke({})).body).toBe('null');
      await expect.poll(() => invocationSpans()).toHaveLength(1);
      expect((await lambda.invoke({})).body).toBe('null');
      await expect.poll(() => invocationSpans()).toHaveLength(2);
    },
  );

  test('the time in the queue, and that of the request, are spans which arrive with the answer', async () => {
    const lambda = await start('24', 'index.handler');
    const [record] = FROM_DATADOG.Records;
    await lambda.invoke({ Records: [{ ...record, attributes: { SentTimestamp: String(Date.now() - 5000) } }] });
    const [invocation] = invocationSpans();
    const queue = endpoint.spans.find(({ spanId }) => spanId === invocation?.parentSpanId);
    expect(queue).toMatchObject({ parentSpanId: PARENT_SPAN_ID, traceId: TRACE_ID });
    expect(queue?.attributes).toMatchObject({ 'operation.name': 'aws.sqs', 'sampling.priority': 2 });

    endpoint.empty();
    const request = invocations().find(({ name }) => name.includes('api-gateway-v2'));
    await lambda.invoke(request?.event);
    expect(endpoint.spans.map(({ attributes }) => attributes['operation.name']).sort()).toEqual([
      'aws.httpapi',
      'aws.lambda',
    ]);
    expect(invocationSpans()).toMatchObject([{ attributes: { 'faas.trigger': 'http' } }]);
  });

  test.each(['20', '22'])('on Node %s a result that is no JSON fails as it does without us', async (major) => {
    const plain = await start(major, 'index.circular', { NODE_OPTIONS: '' });
    const lambda = await start(major, 'index.circular');
    const [expected, { error }] = await Promise.all([plain.invoke({}), lambda.invoke({})]);
    expect(error?.errorMessage).toBe('Unable to stringify response body');
    expect({ ...error, trace: undefined }).toEqual({ ...expected.error, trace: undefined });
  });

  test('the answer of a function that is late, but in time, is what it is', async () => {
    const lambda = await start('24', 'index.handler', { OTEL_DATADOG_FLUSH_TIMEOUT: '3000' });
    const { body, error } = await lambda.invoke({ hangMillis: 1500, spans: 2 }, { timeoutMillis: 2000 });
    expect(error).toBeUndefined();
    const [span] = invocationSpans();
    expect(invocationSpans()).toHaveLength(1);
    expect(span).toMatchObject({ spanId: JSON.parse(body).spanId, attributes: { 'error.type': 'timeout' } });
    expect(endpoint.spans).toHaveLength(3);
  });

  test('where a worker thread answers several events at once, each has its span', async () => {
    const lambda = await start('24', 'index.handler', {
      AWS_LAMBDA_MAX_CONCURRENCY: '4',
      AWS_LAMBDA_NODEJS_WORKER_COUNT: '1',
    });
    const answers = await Promise.all([1, 2, 3].map(() => lambda.invoke({ hangMillis: 50 })));
    const ids = answers.map(({ body }) => JSON.parse(body).spanId);
    expect(invocationSpans().map(({ spanId }) => spanId)).toEqual(expect.arrayContaining(ids));
    expect(new Set(ids).size).toBe(3);
    expect(answers.map(({ body }) => JSON.parse(body).handler)).toEqual(Array(3).fill('index.handler'));
  });

  test('a child process of a function is traced as any other process, and is no function', async () => {
    const lambda = await start('24', 'parent.handler');
    const { body } = await lambda.invoke({});
    expect(JSON.parse(body)).toBe('parent.handler');
    await lambda.idle();
    expect(invocationSpans()).toHaveLength(1);
    expect(endpoint.spans.map(({ name }) => name).sort()).toEqual(['billing', 'of the child']);
  });

  test.each(['22', '24'])('on Node %s a warm function reads each event as extractEventContext does', async (major) => {
    const events = invocations();
    const lambda = await start(major, 'index.handler');
    const answers = await Promise.all(
      events.map(({ event, clientContext }) => lambda.invoke(event, { clientContext })),
    );
    await lambda.idle();
    const spans = new Map(invocationSpans().map((span) => [span.attributes['faas.invocation_id'], span]));
    const differing = answers.flatMap(({ requestId, body }, index) => {
      const { name, event, clientContext } = events[index] as (typeof events)[number];
      const expected = trace.getSpanContext(extractEventContext(event, { clientContext }));
      const span = spans.get(requestId);
      const { traceId, parentSpanId } = span ? firstOf(endpoint.spans, span) : {};
      const joined = expected?.spanId === parentSpanId && (expected === undefined || expected.traceId === traceId);
      return joined && JSON.parse(body).spanId === span?.spanId
        ? []
        : [{ name, expected, traceId, parentSpanId, body }];
    });
    expect(differing).toEqual([]);
    expect(spans.size).toBe(events.length);
    expect(lambda.output).toBe('');
  });
});
