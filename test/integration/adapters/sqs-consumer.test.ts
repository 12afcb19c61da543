import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { SpanStatusCode } from '@opentelemetry/api';
import { Consumer as Consumer15, type ConsumerOptions } from 'sqs-consumer';
import { Consumer as Consumer14 } from 'sqs-consumer-14';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { awsSdkPlugin } from '../../../src/index.ts';
import { traced } from '../../../src/sqs-consumer.ts';
import { type ElasticMq, startElasticMq } from '../../peers/elasticmq/elasticmq.ts';
import { type Fauxqs, startFauxqs } from '../../peers/fauxqs/fauxqs.ts';
import { sqsVectors } from '../../unit/vectors.ts';
import { carriedBy, fieldsOn } from '../../unit/wire-formats.ts';
import { deepFrozen } from '../fixtures/messages.mjs';
import {
  activeIds,
  forgetSpans,
  type Ids,
  idsOf,
  inProducer,
  linksOf,
  parentOf,
  processSpan,
  processSpans,
  startTracing,
} from './spans.ts';

let fauxqs: Fauxqs;
let elasticMq: ElasticMq;
/** An application's client, which asks for nothing by itself. */
let sqs: SQSClient;
let producer: SQSClient;
const started: (Consumer14 | Consumer15)[] = [];

beforeAll(async () => {
  startTracing();
  [fauxqs, elasticMq] = await Promise.all([startFauxqs(), startElasticMq()]);
  sqs = new SQSClient(fauxqs.clientConfig);
  producer = new SQSClient(fauxqs.clientConfig);
  producer.middlewareStack.use(awsSdkPlugin());
});
afterEach(async () => {
  for (const consumer of started.splice(0)) await stop(consumer);
  forgetSpans();
});
afterAll(async () => {
  sqs.destroy();
  producer.destroy();
  await Promise.all([fauxqs.close(), elasticMq.close()]);
});

/** Lets what it is at come to an end: what is cut off is an error of its own. */
async function stop(consumer: Consumer14 | Consumer15): Promise<void> {
  consumer.stop();
  await vi.waitUntil(() => !consumer.status.isPolling, { timeout: 10_000, interval: 5 });
}

async function newQueue(client = sqs): Promise<string> {
  const QueueName = fauxqs.newName();
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName }));
  return client === sqs ? fauxqs.queueUrl(QueueName) : QueueUrl;
}

const nameOf = (queueUrl: string) => queueUrl.split('/').at(-1) ?? '';

/** Sends these bodies, each from a trace of its own; the spans that sent them. */
async function send(QueueUrl: string, bodies: readonly string[], client = producer): Promise<Map<string, Ids>> {
  const senders = new Map<string, Ids>();
  for (const MessageBody of bodies) {
    senders.set(MessageBody, await inProducer(() => client.send(new SendMessageCommand({ QueueUrl, MessageBody }))));
  }
  return senders;
}

const TEN = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
const user = new AsyncLocalStorage<string>();

describe.each([
  ['15', Consumer15],
  ['14', Consumer14],
])('sqs-consumer %s', (_major, Consumer) => {
  /** Starts one, with short polls. */
  function start(options: ConsumerOptions, client = sqs): Consumer14 | Consumer15 {
    const consumer = Consumer.create({ sqs: client, waitTimeSeconds: 0, pollingWaitTimeMs: 20, ...options });
    started.push(consumer);
    consumer.start();
    return consumer;
  }

  /** Of the options of one that receives messages until it has as many as these. */
  async function receive(count: number, options: (done: (message: Message) => void) => ConsumerOptions, client = sqs) {
    const received: Message[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const consumer = start(
      options((message) => {
        received.push(message);
        if (received.length === count) resolve();
      }),
      client,
    );
    await promise;
    await stop(consumer);
    return received;
  }

  test('ten messages side by side are the children of their own senders, whatever they wait for', async () => {
    const queueUrl = await newQueue();
    const senders = await send(queueUrl, TEN);
    const seen = new Map<string, (Ids | string | undefined)[]>();
    await receive(10, (done) =>
      traced({
        queueUrl,
        batchSize: 10,
        handleMessage: (message) =>
          user.run(message.Body ?? '', async () => {
            const ids = [activeIds()];
            // The last first, so that none ends in the order in which it began.
            await sleep(10 - Number(message.Body));
            ids.push(activeIds());
            await new Promise((resolve) => setImmediate(resolve));
            seen.set(message.Body ?? '', [...ids, activeIds(), user.getStore()]);
            done(message);
            return message;
          }),
      }),
    );
    expect(seen.size).toBe(10);
    for (const span of processSpans()) {
      const [body = ''] = [...seen].find(([, [ids]]) => (ids as Ids).spanId === span.spanContext().spanId) ?? [];
      expect(seen.get(body)).toEqual([idsOf(span), idsOf(span), idsOf(span), body]);
      expect(parentOf(span)).toEqual(senders.get(body));
      expect(span.name).toBe(`process ${nameOf(queueUrl)}`);
      expect(span.links).toEqual([]);
    }
    expect(processSpans()).toHaveLength(10);
  });

  test('a message of each tracer is the parent', async () => {
    const vectors = sqsVectors().filter(({ attributes }) => carriedBy(fieldsOn(attributes)));
    expect(vectors.length).toBeGreaterThan(30);
    const queueUrl = await newQueue();
    for (const [index, { attributes }] of vectors.entries()) {
      await sqs.send(
        new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: `${index}`, MessageAttributes: attributes }),
      );
    }
    const bodies = new Map<string, string>();
    await receive(vectors.length, (done) =>
      traced({
        queueUrl,
        batchSize: 10,
        handleMessage: async (message) => {
          bodies.set(activeIds()?.spanId ?? '', message.Body ?? '');
          done(message);
          return message;
        },
      }),
    );
    for (const span of processSpans()) {
      const vector = vectors[Number(bodies.get(span.spanContext().spanId))];
      const { traceId, spanId } = carriedBy(fieldsOn(vector?.attributes ?? {})) ?? {};
      expect(parentOf(span), vector?.file).toEqual({ traceId, spanId });
    }
    expect(processSpans()).toHaveLength(vectors.length);
  });

  test('the queue is asked for what carries a context, beside what the application asked for', async () => {
    const credentials = fauxqs.clientConfig.credentials;
    const config = { endpoint: elasticMq.endpoint, region: 'elasticmq', credentials };
    const client = new SQSClient(config);
    const sender = new SQSClient(config);
    sender.middlewareStack.use(awsSdkPlugin());
    try {
      const queueUrl = await newQueue(client);
      const MessageAttributes = {
        own: { DataType: 'String', StringValue: 'v' },
        other: { DataType: 'Number', StringValue: '1' },
      };
      const ids = await inProducer(() =>
        sender.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'body', MessageAttributes })),
      );
      const [message] = await receive(
        1,
        (done) =>
          traced({
            queueUrl,
            messageAttributeNames: ['own'],
            handleMessage: async (received) => {
              done(received);
              return received;
            },
          }),
        client,
      );
      expect(parentOf(processSpan())).toEqual(ids);
      expect(Object.keys(message?.MessageAttributes ?? {}).sort()).toEqual([
        '_datadog',
        'own',
        'traceparent',
        'tracestate',
      ]);
      expect(Object.keys(message?.Attributes ?? {})).toContain('SentTimestamp');
      expect(processSpan().attributes['messaging.message.age_ms']).toEqual(expect.any(Number));
    } finally {
      client.destroy();
      sender.destroy();
    }
  });

  test('what a handler throws reaches the listeners as it would, and is on the span', async () => {
    const queueUrl = await newQueue();
    const [error, ids] = [new TypeError('no such order'), await send(queueUrl, ['0'])];
    const failure = async (wrap: (options: ConsumerOptions) => ConsumerOptions) => {
      const consumer = start(
        wrap({
          queueUrl,
          terminateVisibilityTimeout: true,
          handleMessage: async () => {
            throw error;
          },
        }),
      );
      const [failed, message] = await once(consumer, 'processing_error');
      await stop(consumer);
      return { failed, body: (message as Message).Body };
    };
    const plain = await failure((options) => options);
    const ours = await failure(traced);
    expect(ours).toEqual({ ...plain, failed: Object.assign(plain.failed, { time: ours.failed.time }) });
    expect(ours.failed.cause).toBe(error);
    const [span] = processSpans();
    expect(span && parentOf(span)).toEqual(ids.get('0'));
    expect(span?.status.code).toBe(SpanStatusCode.ERROR);
    expect(span?.events.map(({ name, attributes }) => [name, attributes?.['exception.message']])).toEqual([
      ['exception', 'no such order'],
    ]);
  });

  test('a batch is one child of its first message, linked to the others; what is acknowledged is deleted alone', async () => {
    const queueUrl = await newQueue();
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'bare' }));
    const senders = await send(queueUrl, TEN.slice(0, 4));
    let inBatch: Ids | undefined;
    let order: string[] = [];
    await receive(5, (done) =>
      traced({
        queueUrl,
        batchSize: 10,
        visibilityTimeout: 300,
        handleMessageBatch: async (messages) => {
          order = messages.map(({ Body = '' }) => Body);
          await sleep(1);
          inBatch = activeIds();
          messages.forEach(done);
          return messages.slice(0, 2);
        },
      }),
    );
    const span = processSpan();
    expect(inBatch).toEqual(idsOf(span));
    expect(order).toHaveLength(5);
    const [first, ...others] = order.filter((body) => body !== 'bare').map((body) => senders.get(body));
    expect(parentOf(span)).toEqual(first);
    expect(linksOf(span)).toEqual(others);
    expect(span.attributes['messaging.batch.message_count']).toBe(5);
    const left = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] });
    const { Attributes } = await sqs.send(left);
    expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '3' });
  });

  test('traced twice it is one span, and a message without a context gets one too', async () => {
    const queueUrl = await newQueue();
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'bare' }));
    await receive(1, (done) =>
      traced(
        traced({
          queueUrl,
          handleMessage: async (message) => {
            done(message);
            return message;
          },
        }),
      ),
    );
    const span = processSpan();
    expect(parentOf(span)).toBeUndefined();
    expect(span.attributes).toMatchObject({
      'messaging.system': 'aws_sqs',
      'messaging.destination.name': nameOf(queueUrl),
    });
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl }));
    expect(Messages).toBeUndefined();
  });
});

describe('the options', () => {
  const handleMessage = async (message: Message) => message;
  const queueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/orders';

  test('are a copy: frozen ones stay, and what is no handler is not made one', () => {
    const options = deepFrozen({ queueUrl, handleMessage, batchSize: 10, messageAttributeNames: ['own'] });
    const ours = traced(options);
    expect(ours).not.toBe(options);
    expect(ours).toEqual({ ...options, ...ours });
    expect(Object.keys(ours).sort()).toEqual(
      ['batchSize', 'handleMessage', 'messageAttributeNames', 'messageSystemAttributeNames', 'queueUrl'].sort(),
    );
    expect(Object.keys(options)).toHaveLength(4);
    expect(traced({ queueUrl })).not.toHaveProperty('handleMessage');
  });

  test('are of the class that they were', () => {
    class Options {
      queueUrl = queueUrl;
      seen: unknown;
      async handleMessage(message: unknown) {
        this.seen = message;
        return undefined;
      }
    }
    const options = new Options();
    const ours = traced(options);
    expect(ours).toBeInstanceOf(Options);
    ours.handleMessage('m');
    expect(ours.seen).toBe('m');
    expect(options.seen).toBeUndefined();
  });

  const OURS = ['_datadog', 'traceparent', 'tracestate', 'baggage'];
  const SYSTEM = ['AWSTraceHeader', 'SentTimestamp'];
  test.each<[Partial<ConsumerOptions>, Partial<ConsumerOptions>]>([
    [{}, { messageAttributeNames: OURS, messageSystemAttributeNames: SYSTEM } as Partial<ConsumerOptions>],
    [{ messageAttributeNames: ['All'] }, { messageAttributeNames: ['All'] }],
    [{ messageAttributeNames: ['.*'] }, { messageAttributeNames: ['.*'] }],
    [
      { messageAttributeNames: ['own', 'traceparent'] },
      { messageAttributeNames: ['own', 'traceparent', '_datadog', 'tracestate', 'baggage'] },
    ],
    [
      { messageSystemAttributeNames: ['SenderId'] },
      { messageSystemAttributeNames: ['SenderId', ...SYSTEM] } as Partial<ConsumerOptions>,
    ],
    [{ messageSystemAttributeNames: ['All'] }, { messageSystemAttributeNames: ['All'] }],
  ])('%j ask for %j', (own, expected) => {
    expect(traced({ queueUrl, ...own })).toMatchObject(expected);
  });

  test.each([
    [['All'], undefined, ['All']],
    [['ApproximateNumberOfMessages'], undefined, ['ApproximateNumberOfMessages', ...SYSTEM]],
  ])('the older list %j is added to where it is in use', (attributeNames, newer, expected) => {
    const options = traced({ queueUrl, attributeNames } as ConsumerOptions);
    expect(options.messageSystemAttributeNames).toEqual(newer);
    expect(options.attributeNames).toEqual(expected);
  });
});
