import { setTimeout as sleep } from 'node:timers/promises';
import * as batch2 from '@aws-lambda-powertools/batch';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { Context, DynamoDBRecord, KinesisStreamRecord, SQSRecord } from 'aws-lambda';
import * as batch1 from 'powertools-batch-1';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { traced } from '../../../src/powertools-batch.ts';
import { bodyVectors, sqsVectors } from '../../unit/vectors.ts';
import { carriedBy, fieldsOn } from '../../unit/wire-formats.ts';
import { recordOf, sentRecord, streamRecord, tableRecord } from './lambda-records.ts';
import { activeIds, forgetSpans, type Ids, idsOf, parentOf, processSpan, processSpans, startTracing } from './spans.ts';

beforeAll(startTracing);
afterEach(forgetSpans);

const context = { awsRequestId: 'r-1' } as Context;
const TEN = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

async function tenRecords() {
  const sent = await Promise.all(TEN.map((id) => sentRecord(id)));
  return {
    event: { Records: sent.map(({ record }) => record) },
    senders: new Map(sent.map(({ record, sender }) => [record.messageId, sender])),
  };
}

/** What the handler of each message saw, and whether the message's span is the child of its sender's. */
function expectChildren(seen: ReadonlyMap<string, (Ids | undefined)[]>, senders: ReadonlyMap<string, Ids>): void {
  expect(
    processSpans()
      .map(({ attributes }) => attributes['messaging.message.id'])
      .sort(),
  ).toEqual([...senders.keys()].sort());
  for (const span of processSpans()) {
    const id = String(span.attributes['messaging.message.id']);
    expect(parentOf(span)).toEqual(senders.get(id));
    for (const ids of seen.get(id) ?? []) expect(ids).toEqual(idsOf(span));
    expect(span.name).toBe('process orders');
  }
}

// The types of the two majors differ in nothing that is used here.
describe.each([
  ['2', batch2],
  ['1', batch1 as unknown as typeof batch2],
])('Powertools %s', (_major, batch) => {
  const { BatchProcessor, BatchProcessorSync, EventType, SqsFifoPartialProcessor } = batch;
  const { processPartialResponse, processPartialResponseSync } = batch;

  test('ten records side by side are the children of their own senders, and partial failures are what they were', async () => {
    const { event, senders } = await tenRecords();
    const seen = new Map<string, (Ids | undefined)[]>();
    const failed = new Set(['3', '7']);
    const handler = vi.fn(async (record: SQSRecord, _context: Context) => {
      const ids = [activeIds()];
      await sleep(10 - Number(record.messageId));
      seen.set(record.messageId, [...ids, activeIds()]);
      if (failed.has(record.messageId)) throw new Error(`no ${record.messageId}`);
      return record.messageId;
    });
    const processor = new BatchProcessor(EventType.SQS);
    const response = await processPartialResponse(event, traced(handler), processor, { context });
    const sorted = response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort();
    expect(sorted).toEqual([...failed]);
    expectChildren(seen, senders);
    for (const [record, lambdaContext] of handler.mock.calls) {
      expect(event.Records).toContain(record);
      expect(lambdaContext).toBe(context);
    }
    const errors = processSpans().filter(({ status }) => status.code === SpanStatusCode.ERROR);
    expect(errors.map(({ attributes }) => attributes['messaging.message.id']).sort()).toEqual([...failed]);
  });

  test('all that the processor notes of results and errors is as without us', async () => {
    const { event } = await tenRecords();
    const error = new TypeError('no');
    const results = async (wrap: <T extends (record: SQSRecord) => unknown>(handler: T) => T) => {
      const processor = new BatchProcessor(EventType.SQS);
      const handler = wrap(async ({ messageId }: SQSRecord) => {
        if (messageId === '5') throw error;
        return { messageId };
      });
      processor.register(event.Records, handler, { context });
      const processed = await processor.process();
      return { processed, errors: processor.errors, response: processor.response() };
    };
    const ours = await results(traced);
    expect(ours).toEqual(await results((handler) => handler));
    expect(ours.errors).toEqual([error]);
  });

  test('when all fail, the error is the one that it would be', async () => {
    const { event } = await tenRecords();
    const error = new TypeError('no');
    const failing = async () => {
      throw error;
    };
    const processor = new BatchProcessor(EventType.SQS);
    const thrown = await processPartialResponse(event, traced(failing), processor, { context }).catch((e) => e);
    const plain = await processPartialResponse(event, failing, processor, { context }).catch((e) => e);
    expect(thrown).toBeInstanceOf(Error);
    expect([thrown.name, thrown.message, thrown.recordErrors]).toEqual([plain.name, plain.message, plain.recordErrors]);
  });

  test('a handler that is not async stays so', async () => {
    const { event, senders } = await tenRecords();
    const seen = new Map<string, (Ids | undefined)[]>();
    const processor = new BatchProcessorSync(EventType.SQS);
    const handler = traced(({ messageId }: SQSRecord) => {
      seen.set(messageId, [activeIds()]);
      if (messageId === '4') throw new Error('no');
      return messageId;
    });
    expect(handler(recordOf('x'))).toBe('x');
    forgetSpans();
    const response = processPartialResponseSync(event, handler, processor, { context });
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '4' }] });
    expectChildren(seen, senders);
  });

  test('a FIFO queue stops at the first failure', async () => {
    const { event, senders } = await tenRecords();
    const seen = new Map<string, (Ids | undefined)[]>();
    const handler = traced(({ messageId }: SQSRecord) => {
      seen.set(messageId, [activeIds()]);
      if (messageId === '2') throw new Error('no');
    });
    const response = processPartialResponseSync(event, handler, new SqsFifoPartialProcessor(), { context });
    expect(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(TEN.slice(2));
    expect([...seen.keys()]).toEqual(['0', '1', '2']);
    expectChildren(seen, new Map([...senders].slice(0, 3)));
  });

  test('a record of each tracer is the parent', async () => {
    const vectors = sqsVectors().filter(({ attributes }) => carriedBy(fieldsOn(attributes)));
    const event = { Records: vectors.map(({ attributes }, index) => recordOf(`${index}`, attributes)) };
    const handler = traced(async (_record: SQSRecord) => {});
    await processPartialResponse(event, handler, new BatchProcessor(EventType.SQS), { context });
    expect(processSpans()).toHaveLength(vectors.length);
    for (const span of processSpans()) {
      const vector = vectors[Number(span.attributes['messaging.message.id'])];
      const { traceId, spanId } = carriedBy(fieldsOn(vector?.attributes ?? {})) ?? {};
      expect(parentOf(span), vector?.file).toEqual({ traceId, spanId });
    }
  });

  test('records of Kinesis are the children of what put them there', async () => {
    const vectors = bodyVectors().filter(({ kind, text }) => kind === 'kinesis' && text.includes('_datadog'));
    expect(vectors.length).toBeGreaterThan(5);
    const Records = vectors.map(({ text }, index) => streamRecord(`${index}`, text));
    const handler = traced(async ({ kinesis }: KinesisStreamRecord) => {
      if (kinesis.sequenceNumber === '1') throw new Error('no');
    });
    const processor = new BatchProcessor(EventType.KinesisDataStreams);
    const response = await processPartialResponse({ Records }, handler, processor, { context });
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
    expect(processSpans()).toHaveLength(vectors.length);
    for (const span of processSpans()) {
      const vector = vectors[Number(span.attributes['messaging.message.id'])];
      const { traceId, spanId } = carriedBy(JSON.parse(vector?.text ?? '{}')._datadog) ?? {};
      expect(parentOf(span), vector?.file).toEqual({ traceId, spanId });
      expect(span.attributes['messaging.system']).toBe('aws_kinesis');
    }
  });

  test('a record of a table has a span too, the child of the active one', async () => {
    const handler = traced(async ({ dynamodb }: DynamoDBRecord) => {
      if (dynamodb?.SequenceNumber === '1') throw new Error('no');
    });
    const processor = new BatchProcessor(EventType.DynamoDBStreams);
    const response = await trace.getTracer('lambda').startActiveSpan('invocation', async (invocation) => {
      const event = { Records: [tableRecord('1'), tableRecord('2')] };
      const answer = await processPartialResponse(event, handler, processor, { context });
      invocation.end();
      for (const span of processSpans()) {
        const { traceId, spanId } = invocation.spanContext();
        expect(parentOf(span)).toEqual({ traceId, spanId });
      }
      return answer;
    });
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
    expect(processSpans().map(({ name }) => name)).toEqual(['process orders', 'process orders']);
    expect(processSpans()[1]?.attributes).toEqual({
      'messaging.system': 'aws_dynamodb',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'orders',
      'messaging.message.id': 'e-2',
      'messaging.message.age_ms': expect.any(Number),
      '_dd.p.tid': expect.any(String),
      'sampling.priority': 1,
    });
  });

  test('traced twice it is one span, and frozen records stay', async () => {
    const record = Object.freeze(recordOf('1'));
    const handler = traced(traced(async (given: SQSRecord) => expect(given).toBe(record)));
    const event = Object.freeze({ Records: [record] });
    const response = await processPartialResponse(event, handler, new BatchProcessor(EventType.SQS), { context });
    expect(response).toEqual({ batchItemFailures: [] });
    expect(parentOf(processSpan())).toBeUndefined();
  });
});

test('an async FIFO processor, which only Powertools 2 has, leaves out the group that failed', async () => {
  const sent = await Promise.all(TEN.map((id) => sentRecord(id, Number(id) % 2 === 0 ? 'even' : 'odd')));
  const handler = traced(async ({ messageId }: SQSRecord) => {
    await sleep(1);
    if (messageId === '4') throw new Error('no');
  });
  const event = { Records: sent.map(({ record }) => record) };
  const processor = new batch2.SqsFifoPartialProcessorAsync();
  const response = await batch2.processPartialResponse(event, handler, processor, { context, skipGroupOnError: true });
  expect(response).toEqual({ batchItemFailures: ['4', '6', '8'].map((itemIdentifier) => ({ itemIdentifier })) });
  expect(processSpans()).toHaveLength(8);
});
