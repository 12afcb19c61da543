import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import { KafkaJsInstrumentation } from '@opentelemetry/instrumentation-kafkajs';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import {
  type Admin,
  type Consumer,
  type ConsumerRunConfig,
  type EachBatchPayload,
  type EachMessagePayload,
  Kafka,
  type KafkaMessage,
  logLevel,
  Partitioners,
  type Producer,
} from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { withMessageContext } from '../../../src/index.ts';
import { traced } from '../../../src/kafkajs.ts';
import { type Kafka as Broker, startKafka } from '../../peers/kafka/kafka.ts';
import { kafkaVectors } from '../../unit/vectors.ts';
import { carriedBy, type Fields } from '../../unit/wire-formats.ts';
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

let broker: Broker;
let kafka: Kafka;
let admin: Admin;
let producer: Producer;
const consumers: Consumer[] = [];
let topics = 0;

beforeAll(async () => {
  startTracing();
  broker = await startKafka();
  kafka = new Kafka({ brokers: [broker.broker], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 20 } });
  admin = kafka.admin();
  producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await Promise.all([admin.connect(), producer.connect()]);
});
afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.disconnect()));
  forgetSpans();
});
afterAll(async () => {
  await Promise.all([admin?.disconnect(), producer?.disconnect()]);
  await broker?.close();
});

async function newTopic(numPartitions = 1): Promise<string> {
  topics += 1;
  const topic = `orders-${topics}`;
  await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true });
  return topic;
}

/** Consumes the topic from its start until `done` says so. */
async function consume(
  topic: string,
  config: ConsumerRunConfig,
  done: () => boolean,
  listen: (consumer: Consumer) => void = () => {},
): Promise<void> {
  const consumer = kafka.consumer({ groupId: `g-${topic}`, maxWaitTimeInMs: 50, retry: { initialRetryTime: 20 } });
  consumers.push(consumer);
  listen(consumer);
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run(config);
  await vi.waitUntil(done, { timeout: 30_000, interval: 5 });
  await consumer.stop();
}

/** One message for each of these values, sent from a trace of its own, spread over the partitions; what sent each. */
async function send(topic: string, values: readonly string[], partitions = 1): Promise<Map<string, Ids>> {
  const senders = new Map<string, Ids>();
  for (const [index, value] of values.entries()) {
    const ids = await inProducer(() => {
      const headers: Record<string, string> = { own: 'v' };
      propagation.inject(context.active(), headers);
      return producer.send({ topic, messages: [{ value, headers, partition: index % partitions }] });
    });
    senders.set(value, ids);
  }
  return senders;
}

const TEN = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

test('messages of several partitions side by side are the children of their own senders', async () => {
  const topic = await newTopic(5);
  const senders = await send(topic, TEN, 5);
  const seen = new Map<string, (Ids | undefined)[]>();
  await consume(
    topic,
    traced({
      partitionsConsumedConcurrently: 5,
      eachMessage: async ({ message, heartbeat }) => {
        const value = String(message.value);
        const ids = [activeIds()];
        await sleep(10 - Number(value));
        await heartbeat();
        seen.set(value, [...ids, activeIds()]);
      },
    }),
    () => seen.size === 10,
  );
  expect(processSpans()).toHaveLength(10);
  for (const span of processSpans()) {
    const [value = '', ids] = [...seen].find(([, [first]]) => first?.spanId === span.spanContext().spanId) ?? [];
    expect(ids).toEqual([idsOf(span), idsOf(span)]);
    expect(parentOf(span)).toEqual(senders.get(value));
    expect(span.name).toBe(`process ${topic}`);
    expect(span.attributes).toMatchObject({
      'messaging.system': 'kafka',
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': String(Number(value) % 5),
      'messaging.kafka.offset': Math.floor(Number(value) / 5),
      'messaging.message.age_ms': expect.any(Number),
    });
  }
});

test('messages of dd-trace and of OpenTelemetry are parents', async () => {
  const topic = await newTopic();
  const vectors = kafkaVectors();
  expect(vectors.length).toBeGreaterThanOrEqual(6);
  await producer.send({ topic, messages: vectors.map(({ headers }, index) => ({ value: `${index}`, headers })) });
  const values = new Map<string, string>();
  await consume(
    topic,
    traced({
      eachMessage: async ({ message }) => {
        values.set(activeIds()?.spanId ?? '', String(message.value));
      },
    }),
    () => values.size === vectors.length,
  );
  for (const span of processSpans()) {
    const vector = vectors[Number(values.get(span.spanContext().spanId))];
    const { traceId, spanId } = carriedBy(vector?.headers as Fields) ?? {};
    expect(parentOf(span), vector?.file).toEqual({ traceId, spanId });
  }
  expect(processSpans()).toHaveLength(vectors.length);
});

test('a batch is one child of its first message, linked to the others; each can have a span of its own inside', async () => {
  const topic = await newTopic();
  await producer.send({ topic, messages: [{ value: 'bare' }] });
  const senders = await send(topic, TEN);
  const batches: EachBatchPayload[] = [];
  const inBatch: (Ids | undefined)[] = [];
  const values: string[] = [];
  await consume(
    topic,
    traced({
      eachBatch: async (payload) => {
        inBatch.push(activeIds());
        batches.push(payload);
        for (const message of payload.batch.messages) {
          await withMessageContext(message, async () => values.push(String(message.value)), { destination: topic });
        }
      },
    }),
    () => values.length === 11,
  );
  const wholes = processSpans().filter(({ attributes }) => 'messaging.batch.message_count' in attributes);
  expect(wholes.map(idsOf)).toEqual(inBatch);
  for (const [index, { batch }] of batches.entries()) {
    const whole = wholes[index];
    const sent = batch.messages.flatMap(({ value }) => senders.get(String(value)) ?? []);
    expect(whole && parentOf(whole)).toEqual(sent[0]);
    expect(whole && linksOf(whole)).toEqual(sent.slice(1));
    expect(whole?.attributes).toMatchObject({
      'messaging.system': 'kafka',
      'messaging.batch.message_count': batch.messages.length,
    });
  }
  const each = processSpans().filter((span) => !wholes.includes(span));
  const [bare, ...carrying] = each;
  expect(carrying.map(parentOf)).toEqual(TEN.map((value) => senders.get(value)));
  // What carries no context is the child of what it is handled in.
  expect(bare && parentOf(bare)).toEqual(inBatch[0]);
});

test('what a handler throws has kafkajs deliver again, and is on the span', async () => {
  const topic = await newTopic();
  const senders = await send(topic, ['0', '1']);
  const handled: string[] = [];
  await consume(
    topic,
    traced({
      eachMessage: async ({ message }) => {
        handled.push(String(message.value));
        if (handled.length === 2) throw new Error('no');
      },
    }),
    () => handled.length === 3,
  );
  expect(handled).toEqual(['0', '1', '1']);
  const [first, failed, again] = processSpans();
  expect([first, failed, again].map((span) => span?.status.code)).toEqual([
    SpanStatusCode.UNSET,
    SpanStatusCode.ERROR,
    SpanStatusCode.UNSET,
  ]);
  expect([failed, again].map((span) => span && parentOf(span))).toEqual([senders.get('1'), senders.get('1')]);
});

test('what kafkajs never tries again, it gives to its listeners as it would', async () => {
  const topic = await newTopic();
  await send(topic, ['0']);
  const error = new TypeError('no');
  const crashes: unknown[] = [];
  const eachMessage = async () => {
    throw error;
  };
  await consume(
    topic,
    traced({ eachMessage }),
    () => crashes.length === 1,
    (consumer) => {
      consumer.on('consumer.crash', ({ payload }) => crashes.push((payload.error as { cause?: unknown }).cause));
    },
  );
  expect(crashes).toEqual([error]);
  expect(crashes[0]).toBe(error);
});

test('a message without headers or value has a span too, and traced twice it is one', async () => {
  const topic = await newTopic();
  await producer.send({ topic, messages: [{ key: 'k', value: null }] });
  let handled = false;
  const config = {
    eachMessage: async () => {
      handled = true;
    },
  };
  await consume(topic, traced(traced(config)), () => handled);
  expect(parentOf(processSpan())).toBeUndefined();
});

test('the configuration is a copy; what it has not stays away', () => {
  const eachMessage = async () => {};
  const config = deepFrozen({ eachMessage, autoCommit: false });
  const ours = traced(config);
  expect(Object.keys(ours)).toEqual(['eachMessage', 'autoCommit']);
  expect(ours.eachMessage).not.toBe(eachMessage);
  expect(config.eachMessage).toBe(eachMessage);
  expect(traced({})).toEqual({});
  expect(traced(undefined)).toBeUndefined();
  expect(trace.getActiveSpan()).toBeUndefined();
});

describe("beside contrib's instrumentation of kafkajs", () => {
  const instrumentation = new KafkaJsInstrumentation();
  let instrumented: Producer;

  beforeAll(async () => {
    instrumentation.enable();
    // It patches what is required.
    createRequire(import.meta.url)('kafkajs');
    instrumented = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await instrumented.connect();
  });
  afterAll(async () => {
    await instrumented?.disconnect();
    instrumentation.disable();
  });

  const isOurs = ({ instrumentationScope }: ReadableSpan) => instrumentationScope.name === 'otel-datadog-bridge';

  /** Three messages from traces of their own, with what contrib has written on them. */
  async function sendThree(topic: string): Promise<Ids[]> {
    const senders: Ids[] = [];
    for (const value of ['0', '1', '2']) {
      senders.push(await inProducer(() => instrumented.send({ topic, messages: [{ value }] })));
    }
    return senders;
  }

  /** The span that wrote the message's headers. */
  function senderOf(message: KafkaMessage): Ids | undefined {
    const [, traceId, spanId] = String(message.headers?.traceparent).split('-');
    return traceId === undefined || spanId === undefined ? undefined : { traceId, spanId };
  }

  test('a message has two spans, both children of its sender; the work is in ours, which is linked to the other', async () => {
    const topic = await newTopic();
    const senders = await sendThree(topic);
    const seen: { sender: Ids | undefined; active: Ids | undefined }[] = [];
    const eachMessage = async ({ message }: EachMessagePayload) => {
      await sleep(1);
      seen.push({ sender: senderOf(message), active: activeIds() });
    };
    await consume(topic, traced({ eachMessage }), () => seen.length === 3);
    expect(seen.map(({ sender }) => sender?.traceId)).toEqual(senders.map(({ traceId }) => traceId));
    await vi.waitUntil(() => processSpans().length === 6);
    const ours = processSpans().filter(isOurs);
    const theirs = processSpans().filter((span) => !isOurs(span));
    expect(ours.map(idsOf)).toEqual(seen.map(({ active }) => active));
    for (const spans of [ours, theirs]) expect(spans.map(parentOf)).toEqual(seen.map(({ sender }) => sender));
    expect(ours.map(linksOf)).toEqual(theirs.map((span) => [idsOf(span)]));
  });

  test("a batch's work is in ours, the child of the first sender, linked to the others and to the other's span", async () => {
    const topic = await newTopic();
    await sendThree(topic);
    const batches: { senders: (Ids | undefined)[]; active: Ids | undefined }[] = [];
    const eachBatch = async ({ batch }: EachBatchPayload) => {
      batches.push({ senders: batch.messages.map(senderOf), active: activeIds() });
    };
    const handled = () => batches.flatMap(({ senders }) => senders).length;
    await consume(topic, traced({ eachBatch }), () => handled() === 3);
    await vi.waitUntil(() => processSpans().length === 3 + batches.length);
    const ours = processSpans().filter(isOurs);
    expect(ours.map(idsOf)).toEqual(batches.map(({ active }) => active));
    // Its spans of the messages, one after the other, are children of the one of the batch.
    const receiving = processSpans()
      .filter((span) => !isOurs(span))
      .map(parentOf);
    for (const [index, { senders }] of batches.entries()) {
      const span = ours[index] as ReadableSpan;
      const [receive] = receiving.splice(0, senders.length);
      expect(parentOf(span)).toEqual(senders[0]);
      expect(linksOf(span)).toEqual([receive, ...senders.slice(1)]);
    }
  });
});
