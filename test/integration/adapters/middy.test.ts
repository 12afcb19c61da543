import { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import middy7 from '@middy/core';
import { executionModeStreamifyResponse } from '@middy/core/StreamifyResponse';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { Context, KinesisStreamEvent, SQSEvent, SQSRecord } from 'aws-lambda';
import middy6 from 'middy-core-6';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { traced } from '../../../src/middy.ts';
import { eventBridgeEvent, snsRecord } from '../../unit/deliveries.ts';
import { type EventVector, eventVectors } from '../../unit/events.ts';
import { bodyVectors } from '../../unit/vectors.ts';
import { carriedBy } from '../../unit/wire-formats.ts';
import { sentRecord, streamRecord, tableRecord } from './lambda-records.ts';
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

const TEN = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
const context = { awsRequestId: 'r-1' } as Context;

beforeAll(() => {
  startTracing();
  // Lambda's runtime has it; what it gives is called with the stream that the response goes to.
  vi.stubGlobal('awslambda', {
    streamifyResponse: (handler: unknown) => handler,
    HttpResponseStream: { from: (stream: Writable) => stream },
  });
});
afterEach(forgetSpans);
afterAll(() => {
  vi.unstubAllGlobals();
});

async function sentEvent(ids: readonly string[]) {
  const sent = await Promise.all(ids.map((id) => sentRecord(id)));
  return { event: { Records: sent.map(({ record }) => record) }, senders: sent.map(({ sender }) => sender) };
}

// Of the types, only those of 7 are looked at: what is used here is the same in both.
describe.each([
  ['7', middy7, { executionMode: executionModeStreamifyResponse }],
  ['6', middy6 as unknown as typeof middy7, { streamifyResponse: true }],
])('middy %s', (_major, middy, streaming) => {
  test('a handler of one record is the child of what sent it', async () => {
    const { event, senders } = await sentEvent(['1']);
    const hooks: string[] = [];
    let inHandler: Ids | undefined;
    const handler = middy(
      traced(async (given: SQSEvent, givenContext: Context) => {
        await sleep(1);
        inHandler = activeIds();
        hooks.push('handler');
        return [given, givenContext];
      }),
    )
      .before(() => void hooks.push('before'))
      .after(() => void hooks.push('after'));
    const [given, givenContext] = await handler(event, context);
    expect([given, givenContext]).toEqual([event, context]);
    expect(given).toBe(event);
    expect(hooks).toEqual(['before', 'handler', 'after']);
    const span = processSpan();
    expect(inHandler).toEqual(idsOf(span));
    expect(parentOf(span)).toEqual(senders[0]);
    expect(span.name).toBe('process orders');
  });

  test('of a batch it is the child of what sent the first, linked to the others, and its records are the children of their own', async () => {
    const { event, senders } = await sentEvent(TEN);
    const seen = new Map<string, (Ids | undefined)[]>();
    const handleRecord = traced(async (record: SQSRecord) => {
      const ids = [activeIds()];
      await sleep(10 - Number(record.messageId));
      seen.set(record.messageId, [...ids, activeIds()]);
      if (record.messageId === '3') throw new Error('no');
      return record.messageId;
    });
    let inHandler: Ids | undefined;
    const handler = middy(
      traced(async ({ Records }: SQSEvent) => {
        inHandler = activeIds();
        return Promise.allSettled(Records.map(handleRecord));
      }),
    );
    const settled: PromiseSettledResult<string>[] = await handler(event, context);
    expect(settled.map(({ status }) => status)).toEqual(TEN.map((id) => (id === '3' ? 'rejected' : 'fulfilled')));
    const [whole, ...others] = processSpans().filter(({ attributes }) => 'messaging.batch.message_count' in attributes);
    expect(others).toEqual([]);
    expect(inHandler).toEqual(whole && idsOf(whole));
    expect(whole && parentOf(whole)).toEqual(senders[0]);
    expect(whole && linksOf(whole)).toEqual(senders.slice(1));
    const each = processSpans().filter((span) => span !== whole);
    expect(each).toHaveLength(10);
    for (const span of each) {
      const id = String(span.attributes['messaging.message.id']);
      expect(parentOf(span)).toEqual(senders[Number(id)]);
      expect(linksOf(span)).toEqual(whole && [idsOf(whole)]);
      expect(seen.get(id)).toEqual([idsOf(span), idsOf(span)]);
    }
  });

  test('what it throws reaches onError, whose answer is the answer', async () => {
    const { event } = await sentEvent(['1']);
    const error = new TypeError('no');
    const onError = vi.fn((request: { response: unknown }) => {
      request.response = 'mended';
    });
    const handler = middy(
      traced(async (_event: SQSEvent): Promise<unknown> => {
        throw error;
      }),
    ).onError(onError);
    expect(await handler(event, context)).toBe('mended');
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ error });
    expect(processSpan().status.code).toBe(SpanStatusCode.ERROR);
  });

  test('and without onError, the caller', async () => {
    const { event } = await sentEvent(['1']);
    const error = new TypeError('no');
    const handler = middy(
      traced((_event: SQSEvent) => {
        throw error;
      }),
    );
    await expect(handler(event, context)).rejects.toBe(error);
    expect(processSpan().status.code).toBe(SpanStatusCode.ERROR);
  });

  test('an early response leaves it out, and there is no span', async () => {
    const { event } = await sentEvent(['1']);
    const handle = vi.fn(async (_event: SQSEvent) => 'late');
    const handler = middy(traced(handle)).before(() => 'early');
    expect(await handler(event, context)).toBe('early');
    expect(handle).not.toHaveBeenCalled();
    expect(processSpans()).toEqual([]);
  });

  test('it is told when the time is over', async () => {
    const { event } = await sentEvent(['1']);
    const inTime = { ...context, getRemainingTimeInMillis: () => 20 } as Context;
    const ended = Promise.withResolvers<void>();
    const handler = middy(
      traced(async (_event: SQSEvent, _context: Context, options?: unknown) => {
        const { signal } = options as { signal: AbortSignal };
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        ended.resolve();
      }),
      { timeoutEarlyInMillis: 5, timeoutEarlyResponse: () => 'out of time' },
    );
    expect(await handler(event, inTime)).toBe('out of time');
    await ended.promise;
    await vi.waitUntil(() => processSpans().length > 0);
  });

  test('its answer can be a stream', async () => {
    const { event, senders } = await sentEvent(['1']);
    const handler = middy(
      traced(async (_event: SQSEvent) => Readable.from(['a', 'b'])),
      streaming as object,
    ) as unknown as (event: SQSEvent, stream: Writable, context: Context) => Promise<void>;
    const chunks: string[] = [];
    const response = new Writable({
      write(chunk, _encoding, written) {
        chunks.push(String(chunk));
        written();
      },
    });
    await handler(event, response, context);
    expect(chunks.join('')).toBe('ab');
    expect(parentOf(processSpan())).toEqual(senders[0]);
  });

  test('a handler that is set later can be traced', async () => {
    const { event, senders } = await sentEvent(['1']);
    const handler = middy<SQSEvent>().handler(traced(async (_event: SQSEvent) => activeIds()));
    expect(await handler(event, context)).toEqual(idsOf(processSpan()));
    expect(parentOf(processSpan())).toEqual(senders[0]);
  });

  test.each([
    [
      'a request',
      { version: '2.0', headers: { traceparent: '00-6b0305aa00000000079f1ce5c3953e3c-0252a07dde78ec70-01' } },
    ],
    ['an object in a bucket', { Records: [{ eventSource: 'aws:s3', s3: { object: { key: 'k' } } }] }],
    ['no records', { Records: [] }],
    ['nothing', undefined],
  ])('%s is no message, and has no span of ours', async (_what, event) => {
    const active = await inProducer(async () => {
      const outside = trace.getActiveSpan();
      const handler = middy(traced(async (_event: unknown) => trace.getActiveSpan() === outside));
      expect(await handler(event, context)).toBe(true);
    });
    expect(active).toBeDefined();
    expect(processSpans()).toEqual([]);
  });

  test('an event of EventBridge is a message', async () => {
    const [vector] = bodyVectors().filter(({ kind, text }) => kind === 'eventbridge' && text.includes('_datadog'));
    const { traceId, spanId } = carriedBy(JSON.parse(vector?.text ?? '{}')._datadog) ?? {};
    const handler = middy(traced(async (_event: unknown) => 'done'));
    expect(await handler(JSON.parse(eventBridgeEvent(vector?.text ?? '')), context)).toBe('done');
    expect(parentOf(processSpan())).toEqual({ traceId, spanId });
  });

  test('records of SNS, Kinesis and DynamoDB are messages', async () => {
    const [vector] = bodyVectors().filter(({ kind, text }) => kind === 'kinesis' && text.includes('_datadog'));
    const { traceId, spanId } = carriedBy(JSON.parse(vector?.text ?? '{}')._datadog) ?? {};
    const attributes = {
      traceparent: { DataType: 'String', StringValue: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` },
    };
    const handler = middy(traced(async (_event: unknown) => 'done'));
    const events = [
      { Records: [streamRecord('1', vector?.text ?? '')] } satisfies KinesisStreamEvent,
      { Records: [snsRecord('hello', attributes)] },
      { Records: [tableRecord('1')] },
    ];
    for (const event of events) expect(await handler(event, context)).toBe('done');
    expect(processSpans().map((span) => [span.name, span.attributes['messaging.system'], parentOf(span)])).toEqual([
      ['process orders', 'aws_kinesis', { traceId, spanId }],
      ['process orders', 'aws.sns', { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }],
      ['process orders', 'aws_dynamodb', undefined],
    ]);
  });

  test('records of Kafka are messages, all at once and each by itself', async () => {
    const [vector] = eventVectors().filter(({ name }) => name.startsWith('msk'));
    const { event, expected } = vector as { event: { records: Record<string, object[]> } } & EventVector;
    const handle = traced(async (_record: unknown) => 'done');
    const handler = middy(traced(async () => Promise.all(Object.values(event.records).flat().map(handle))));
    expect(await handler(event, context)).toEqual(['done', 'done', 'done']);
    const { traceId, spanId, links } = expected;
    const spans = processSpans();
    expect(spans.map((span) => [span.name, parentOf(span)])).toEqual([
      ['process orders', { traceId, spanId }],
      ['process orders', { traceId, spanId }],
      ['process orders', links[0]],
      ['process orders', { traceId, spanId }],
    ]);
    expect(spans.map(({ attributes }) => attributes['messaging.destination.partition.id'])).toEqual([
      '0',
      '0',
      '1',
      '0',
    ]);
    expect(spans.map(({ attributes }) => attributes['messaging.kafka.offset'])).toEqual([15, 16, 4, 15]);
    expect(spans[0]?.attributes).toMatchObject({
      'messaging.system': 'kafka',
      'messaging.kafka.message.key': 'k',
      'messaging.message.age_ms': expect.any(Number),
    });
    expect(spans[3]?.attributes['messaging.batch.message_count']).toBe(3);
  });

  test('traced twice it is one span', async () => {
    const { event } = await sentEvent(['1']);
    const handler = middy(traced(traced(async (_event: SQSEvent) => 1)));
    expect(await handler(event, context)).toBe(1);
    processSpan();
  });
});
