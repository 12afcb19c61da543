import { createRequire } from 'node:module';
import type * as SqsSdk from '@aws-sdk/client-sqs';
import { propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AwsSdkInstrumentation } from '../../src/aws/aws-instrumentation.ts';
import { DECOY_HOOK } from '../../src/aws/instrumentation-config.ts';
import { awsSdkPlugin, DatadogPropagator } from '../../src/index.ts';
import { type Fauxqs, startFauxqs } from '../peers/fauxqs/fauxqs.ts';

// Contrib patches what is loaded after it.
const instrumentation = new AwsSdkInstrumentation(DECOY_HOOK);
const load = createRequire(import.meta.url);
const { SQSClient, CreateQueueCommand, SendMessageCommand, ReceiveMessageCommand } = load(
  '@aws-sdk/client-sqs',
) as typeof SqsSdk;

let fauxqs: Fauxqs;
let sqs: SqsSdk.SQSClient;
let QueueUrl: string;
const spans = new InMemorySpanExporter();

beforeAll(async () => {
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).register({ propagator: null });
  propagation.setGlobalPropagator(new DatadogPropagator({ env: {} }));
  instrumentation.setTracerProvider(trace.getTracerProvider());
  fauxqs = await startFauxqs();
  sqs = new SQSClient(fauxqs.clientConfig);
  sqs.middlewareStack.use(awsSdkPlugin({ env: {} }));
  const QueueName = fauxqs.newName();
  await sqs.send(new CreateQueueCommand({ QueueName }));
  QueueUrl = fauxqs.queueUrl(QueueName);
});

afterAll(async () => {
  sqs.destroy();
  await fauxqs.close();
});

beforeEach(() => spans.reset());

test('each call is one span, whatever was done to its stack of middleware', async () => {
  const command = new SendMessageCommand({ QueueUrl, MessageBody: 'body' });
  await sqs.send(command);
  await sqs.send(command);
  // contrib has wrapped the clone's methods when it was made.
  sqs.middlewareStack = sqs.middlewareStack.clone();
  await sqs.send(command);
  expect(spans.getFinishedSpans()).toHaveLength(3);
});

test('the span is contrib’s, with the ids that the message has, and the input stays', async () => {
  const input = Object.freeze({ QueueUrl, MessageBody: 'body' });
  const { MessageId } = await sqs.send(new SendMessageCommand(input));
  const [span] = spans.getFinishedSpans();
  const queue = QueueUrl.split('/').at(-1);
  expect(span).toMatchObject({ name: `${queue} send`, kind: SpanKind.PRODUCER });
  expect(span?.attributes).toMatchObject({
    'rpc.system': 'aws-api',
    'rpc.service': 'SQS',
    'rpc.method': 'SendMessage',
    'messaging.system': 'aws_sqs',
    'messaging.destination.name': queue,
    'messaging.message.id': MessageId,
    'url.full': QueueUrl,
    'cloud.region': fauxqs.clientConfig.region,
    'http.response.status_code': 200,
  });
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
  );
  const sent = Messages.find((message) => message.MessageId === MessageId);
  const { traceId, spanId } = span?.spanContext() ?? {};
  expect(sent?.MessageAttributes?.traceparent?.StringValue).toBe(`00-${traceId}-${spanId}-01`);
});

test('a call that fails is an error', async () => {
  await expect(sqs.send(new ReceiveMessageCommand({ QueueUrl: `${QueueUrl}-none` }))).rejects.toThrow();
  const [span, ...others] = spans.getFinishedSpans();
  expect(others).toEqual([]);
  expect(span?.status.code).toBe(SpanStatusCode.ERROR);
  expect(span?.events.map(({ name }) => name)).toEqual(['exception']);
});
