import { basename } from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { context, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Queues, startQueues } from '../../demo/queues.ts';
import { DatadogPropagator } from '../../src/index.ts';
import { records } from '../peers/aws-api/answers.ts';
import type { SentMessage } from '../peers/aws-api/sent-messages.ts';
import { startAwsApi } from '../peers/aws-api/server.ts';
import { DatadogLambda } from '../peers/datadog-lambda-js/datadog-lambda-js.ts';
import type { RemoteParent } from '../peers/dd-trace-js/remote-parent.ts';
import { DdTraceWorker } from '../peers/dd-trace-js/worker.ts';
import { SqsProtocol, type WireMessage } from '../peers/sqs-protocol.ts';
import {
  contextObjectEvent,
  eventBridgeEvent,
  kinesisEvent,
  mergedContextEvent,
  snsEvent,
  sqsEvent,
} from './joins/events.ts';
import { Producer } from './joins/producer.ts';

let queues: Queues;
let endpoint: string;
let protocol: SqsProtocol;
let producer: Producer;
let lambda: DatadogLambda;
let worker: DdTraceWorker;

const provider = new NodeTracerProvider();
provider.register({ propagator: new DatadogPropagator() });

beforeAll(async () => {
  queues = await startQueues();
  endpoint = queues.env.AWS_ENDPOINT_URL_SQS ?? '';
  protocol = new SqsProtocol(endpoint);
  [producer, lambda, worker] = await Promise.all([
    Producer.start(endpoint),
    DatadogLambda.start(),
    DdTraceWorker.start(),
  ]);
});
afterAll(() => Promise.all([producer?.close(), lambda?.close(), worker?.close(), queues?.close()]));

/** What came into the producer's process, whose span is what the message should continue. */
const INCOMING: [name: string, headers: Record<string, string>, priority: number, origin: string | null][] = [
  ['a trace of its own', {}, 1, null],
  [
    'a trace that Datadog keeps, of synthetics',
    {
      'x-datadog-trace-id': '549189452716916284',
      'x-datadog-parent-id': '2389016664841884869',
      'x-datadog-sampling-priority': '2',
      'x-datadog-origin': 'synthetics',
      'x-datadog-tags': '_dd.p.tid=6b0305aa00000000,_dd.p.dm=-4',
    },
    2,
    'synthetics',
  ],
  [
    'a trace that a user dropped',
    {
      'x-datadog-trace-id': '17446744073709551615',
      'x-datadog-parent-id': '18446744073709551615',
      'x-datadog-sampling-priority': '-1',
      'x-datadog-tags': '_dd.p.tid=f29b05aa00000000',
    },
    -1,
    null,
  ],
];

/** A queue, by the URL that the clients and the worker use. */
async function newQueue(): Promise<string> {
  return queues.url(basename(await protocol.createQueue()));
}

/** What a queue has after a send. */
async function received(queueUrl: string, count: number): Promise<WireMessage> {
  const message = (await protocol.receive(queueUrl, count)).at(-1);
  if (message === undefined) throw new Error('no message');
  return message;
}

async function throughTopic(raw: boolean, publish: 'publish' | 'publishBatch'): Promise<string> {
  const queueUrl = await newQueue();
  await producer[publish](await producer.topicFor(basename(queueUrl), raw));
  return queueUrl;
}

async function inQueue(body: unknown): Promise<string> {
  const QueueUrl = await newQueue();
  const client = queues.client();
  await context.with(ROOT_CONTEXT, () =>
    client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) })),
  );
  client.destroy();
  return QueueUrl;
}

/** What is read of a shard that has this record. */
async function recordRead<T>({ text }: SentMessage, read: (endpoint: string) => Promise<T>): Promise<T> {
  const shard = await startAwsApi(() => records(text));
  try {
    return await read(shard.endpoint);
  } finally {
    await shard.close();
  }
}

/** The last of what was sent: a batch's second entry is written on as the first. */
function last<T>(items: T[]): T {
  return items.at(-1) as T;
}

/** Each carrier, and what Datadog's layer makes of what AWS makes of it. */
const TO_LAMBDA: [name: string, join: () => Promise<RemoteParent>][] = [
  [
    'SQS',
    async () => {
      const queueUrl = await newQueue();
      await producer.sendMessage(queueUrl);
      return lambda.invoke(sqsEvent(await received(queueUrl, 1)));
    },
  ],
  [
    'SQS, in a batch',
    async () => {
      const queueUrl = await newQueue();
      await producer.sendMessageBatch(queueUrl);
      return lambda.invoke(sqsEvent(await received(queueUrl, 2)));
    },
  ],
  ['SNS', async () => lambda.invoke(snsEvent((await received(await throughTopic(false, 'publish'), 1)).Body))],
  [
    'SNS, in a batch',
    async () => lambda.invoke(snsEvent((await received(await throughTopic(false, 'publishBatch'), 2)).Body)),
  ],
  ['SNS to SQS', async () => lambda.invoke(sqsEvent(await received(await throughTopic(false, 'publish'), 1)))],
  ['SNS to SQS, raw', async () => lambda.invoke(sqsEvent(await received(await throughTopic(true, 'publishBatch'), 2)))],
  ['EventBridge', async () => lambda.invoke(eventBridgeEvent(last(await producer.putEvents())))],
  [
    'EventBridge to SQS',
    async () => lambda.invoke(sqsEvent({ Body: JSON.stringify(eventBridgeEvent(last(await producer.putEvents()))) })),
  ],
  ['Kinesis', async () => lambda.invoke(kinesisEvent(last(await producer.putRecord())))],
  ['Kinesis, in a batch', async () => lambda.invoke(kinesisEvent(last(await producer.putRecords())))],
  ['Lambda', async () => lambda.invoke({ order: 42 }, await producer.invoke())],
  ['Lambda, streaming', async () => lambda.invoke({ order: 42 }, await producer.invoke({ stream: true }))],
  [
    'Lambda, with custom._datadog',
    async () => lambda.invoke({ order: 42 }, await producer.invoke({ clientContextDatadog: true })),
  ],
];

/** And what a worker under dd-trace makes of what it receives: a queue's message, by the queue's URL, or a stream's record. */
const TO_WORKER: [name: string, send: () => Promise<string | SentMessage>][] = [
  [
    'SQS',
    async () => {
      const queueUrl = await newQueue();
      await producer.sendMessage(queueUrl);
      return queueUrl;
    },
  ],
  ['SNS to SQS', () => throughTopic(false, 'publish')],
  ['SNS to SQS, raw', () => throughTopic(true, 'publish')],
  ['EventBridge to SQS', async () => inQueue(eventBridgeEvent(last(await producer.putEvents())))],
  [
    'EventBridge to SNS to SQS',
    async () => {
      const Message = JSON.stringify(eventBridgeEvent(last(await producer.putEvents())));
      return inQueue({ Type: 'Notification', TopicArn: 'arn:aws:sns:us-east-1:000000000000:topic', Message });
    },
  ],
  ['Kinesis', async () => last(await producer.putRecord())],
  ['Kinesis, in a batch', async () => last(await producer.putRecords())],
];

describe.each(INCOMING)('in %s', (_name, headers, priority, origin) => {
  /** Runs in a span of the producer's, and gives that one's ids beside the result. */
  async function inSpan<T>(run: () => Promise<T>): Promise<{ span: SpanContext; result: T }> {
    const incoming = new DatadogPropagator().extract(ROOT_CONTEXT, headers, {
      get: (carrier: Record<string, string>, key) => carrier[key],
      keys: Object.keys,
    });
    const span = provider.getTracer('producer').startSpan('send', {}, incoming);
    try {
      const result = await context.with(trace.setSpan(incoming, span), run);
      return { span: span.spanContext(), result };
    } finally {
      span.end();
    }
  }

  test.each(TO_LAMBDA)("Datadog's layer for Lambda joins %s", async (_carrier, join) => {
    const { span, result } = await inSpan(join);
    expect(result).toEqual({ traceId: span.traceId, spanId: span.spanId, priority, origin });
  });

  test.each(TO_WORKER)('a worker under dd-trace joins %s', async (_carrier, send) => {
    const { span, result } = await inSpan(send);
    const parent = await (typeof result === 'string'
      ? worker.receiveMessage(endpoint, result)
      : recordRead(result, (shard) => worker.getRecord(shard)));
    expect(parent).toEqual({ traceId: span.traceId, spanId: span.spanId, priority, origin });
  });

  test('a worker under dd-trace joins every entry of a batch', async () => {
    const queueUrl = await newQueue();
    const { span } = await inSpan(() => producer.sendMessageBatch(queueUrl));
    for (let entry = 0; entry < 2; entry += 1) {
      const parent = await worker.receiveMessage(endpoint, queueUrl);
      expect(parent).toEqual({ traceId: span.traceId, spanId: span.spanId, priority, origin });
    }
  });

  test("Datadog's layer joins the low half of the trace by AWSTraceHeader, where a message has no room", async () => {
    const { span, result } = await inSpan(() => producer.sendFullMessage());
    const parent = await lambda.invoke(sqsEvent({ Body: 'body' }, { AWSTraceHeader: result }));
    expect(parent.traceId.slice(-16)).toBe(span.traceId.slice(16));
    expect(parent.spanId).toBe(span.spanId);
    expect(parent.priority > 0).toBe(priority > 0);
  });

  // The parent is a span that Datadog itself makes of the state, with an id that is a hash. Of the upper half of the trace's id,
  // which is in hex, it takes the leading decimal digits for a decimal number.
  test.each([
    ['context object', contextObjectEvent],
    ["definition by Datadog's tools", mergedContextEvent],
  ])("Datadog's layer is in the trace of a Step Functions execution by its %s", async (_by, event) => {
    for (const sync of [false, true]) {
      const { span, result } = await inSpan(() => producer.startExecution(sync));
      const parent = await lambda.invoke(event(last(result)));
      expect(parent.traceId.slice(-16)).toBe(span.traceId.slice(16));
    }
  });
});
