import {
  CreateTopicCommand,
  PublishBatchCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { awsSdkPlugin } from '../../src/index.ts';
import { type Fauxqs, startFauxqs } from '../peers/fauxqs/fauxqs.ts';
import { deepFrozen } from './fixtures/messages.mjs';

const ACTIVE = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: '6b0305aa12345678f0e1d2c3b4a59687',
  spanId: 'fedcba9876543210',
  traceFlags: TraceFlags.SAMPLED,
});
const KIB = 1024;

let fauxqs: Fauxqs;
let sqs: SQSClient;
let sns: SNSClient;
/** Requests that sent messages. */
let sends = 0;

beforeAll(async () => {
  new NodeTracerProvider().register({ propagator: null });
  fauxqs = await startFauxqs();
});

afterAll(() => fauxqs.close());

beforeEach(() => {
  sqs = new SQSClient(fauxqs.clientConfig);
  sns = new SNSClient(fauxqs.clientConfig);
  sqs.middlewareStack.use(awsSdkPlugin({ env: {} }));
  sns.middlewareStack.use(awsSdkPlugin({ env: {} }));
  sqs.middlewareStack.add(counting, { step: 'finalizeRequest', priority: 'low' });
  sns.middlewareStack.add(counting, { step: 'finalizeRequest', priority: 'low' });
});

function counting<Call, Result>(next: (call: Call) => Promise<Result>): (call: Call) => Promise<Result> {
  return (call) => {
    sends += 1;
    return next(call);
  };
}

async function newQueue(maximumMessageSize = 1024 * KIB): Promise<string> {
  const QueueName = fauxqs.newName();
  const Attributes = { MaximumMessageSize: String(maximumMessageSize) };
  await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return fauxqs.queueUrl(QueueName);
}

/** By body: whether there is a context on the message. */
async function received(QueueUrl: string): Promise<Map<string, boolean>> {
  const found = new Map<string, boolean>();
  for (;;) {
    const input = { QueueUrl, MessageAttributeNames: ['All'], MaxNumberOfMessages: 10, VisibilityTimeout: 600 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(input));
    if (Messages.length === 0) return found;
    for (const { Body = '', MessageAttributes = {} } of Messages) {
      expect(found.has(Body), 'a message came twice').toBe(false);
      found.set(Body, '_datadog' in MessageAttributes);
    }
  }
}

async function counted<T>(send: () => Promise<T>): Promise<[T, number]> {
  sends = 0;
  const result = await context.with(ACTIVE, send);
  return [result, sends];
}

const body = (size: number, letter = 'x') => letter.repeat(size);

test('a message too long for its queue with the context goes without, and the queue is remembered', async () => {
  const QueueUrl = await newQueue(4 * KIB);
  const send = (size: number, letter: string) =>
    counted(() => sqs.send(new SendMessageCommand(deepFrozen({ QueueUrl, MessageBody: body(size, letter) }))));
  const [{ MessageId }, requests] = await send(4 * KIB, 'a');
  expect(MessageId).toBeDefined();
  expect(requests).toBe(2);
  expect((await send(4 * KIB, 'b'))[1]).toBe(1);
  expect((await send(KIB, 'c'))[1]).toBe(1);
  expect([...(await received(QueueUrl)).values()]).toEqual([false, false, true]);
});

test('a message too long in itself fails as it does without the plugin', async () => {
  const QueueUrl = await newQueue(4 * KIB);
  const send = counted(() => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body(4 * KIB + 1) })));
  await expect(send).rejects.toThrow('shorter than 4096');
});

test('entries too long for their queue with the context go without, each message once', async () => {
  const QueueUrl = await newQueue(4 * KIB);
  const sizes = [10, 4 * KIB, 20, 4 * KIB - 1, 5 * KIB];
  const batch = (letter: string) => ({
    QueueUrl,
    Entries: sizes.map((size, index) => ({ Id: `id-${index}`, MessageBody: body(size, letter) })),
  });
  const [first, requests] = await counted(() => sqs.send(new SendMessageBatchCommand(deepFrozen(batch('a')))));
  expect(first.Successful?.map(({ Id }) => Id).sort()).toEqual(['id-0', 'id-1', 'id-2', 'id-3']);
  expect(first.Failed?.map(({ Id }) => Id)).toEqual(['id-4']);
  expect(requests).toBe(2);
  const [second, next] = await counted(() => sqs.send(new SendMessageBatchCommand(batch('b'))));
  expect(second.Successful).toHaveLength(4);
  expect(next).toBe(1);
  const messages = await received(QueueUrl);
  for (const letter of ['a', 'b']) {
    expect(sizes.map((size) => messages.get(body(size, letter)))).toEqual([true, false, true, false, undefined]);
  }
});

test('where all entries are taken without the context in the end, no failure is left', async () => {
  const QueueUrl = await newQueue(4 * KIB);
  const Entries = [{ Id: 'one', MessageBody: body(4 * KIB) }];
  const [{ Successful, Failed }] = await counted(() => sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })));
  expect(Successful?.map(({ Id }) => Id)).toEqual(['one']);
  expect(Failed ?? []).toEqual([]);
});

test('1 MiB, of a message and of a batch, is not passed', async () => {
  const QueueUrl = await newQueue();
  const [, requests] = await counted(() =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body(1024 * KIB) })),
  );
  expect(requests).toBe(1);
  // For one of them.
  const room = 600;
  const sizes = [10, 512 * KIB, 512 * KIB - 30 - room, 20];
  const Entries = sizes.map((size, index) => ({ Id: `id-${index}`, MessageBody: body(size, 'y') }));
  const [{ Successful }, requestsOfBatch] = await counted(() =>
    sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })),
  );
  expect(Successful).toHaveLength(4);
  expect(requestsOfBatch).toBe(1);
  const messages = await received(QueueUrl);
  expect(messages.get(body(1024 * KIB))).toBe(false);
  expect(sizes.map((size) => messages.get(body(size, 'y')))).toEqual([true, false, false, false]);
});

async function newTopic(): Promise<{ TopicArn: string; QueueUrl: string }> {
  const QueueUrl = await newQueue();
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: fauxqs.newName() }));
  const Endpoint = fauxqs.queueArn(QueueUrl.split('/').at(-1) ?? '');
  const Attributes = { RawMessageDelivery: 'true' };
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes }));
  return { TopicArn, QueueUrl };
}

test('256 KiB of SNS, subject included, are not passed', async () => {
  const { TopicArn, QueueUrl } = await newTopic();
  const sizes = [256 * KIB, 256 * KIB - 50, 200 * KIB];
  for (const size of sizes) {
    const input = deepFrozen({ TopicArn, Message: body(size), ...(size % KIB !== 0 && { Subject: body(50) }) });
    const [{ MessageId }, requests] = await counted(() => sns.send(new PublishCommand(input)));
    expect(MessageId).toBeDefined();
    expect(requests).toBe(1);
  }
  const PublishBatchRequestEntries = [100 * KIB, 156 * KIB].map((size, index) => ({
    Id: `id-${index}`,
    Message: body(size, 'y'),
  }));
  const [{ Successful }] = await counted(() =>
    sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries })),
  );
  expect(Successful).toHaveLength(2);
  const messages = await received(QueueUrl);
  expect(sizes.map((size) => messages.get(body(size)))).toEqual([false, false, true]);
  expect([messages.get(body(100 * KIB, 'y')), messages.get(body(156 * KIB, 'y'))]).toEqual([false, false]);
});
