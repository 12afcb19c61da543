import { createRequire } from 'node:module';
import { type Context, defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import {
  contextGetter,
  contextSetter,
} from '@opentelemetry/instrumentation-aws-sdk/build/src/services/MessageAttributes.js';
import type { IHeaders } from 'kafkajs';
import type * as Bridge from '../../../src/index.ts';
import { checkAttributes, checkKafkaHeaders, checkReceivedHeaders } from './carrier-checks.ts';
import { checkHeaders, type HeaderRecord, HttpSenders } from './http-senders.ts';
import type { KafkaRoundTrip } from './kafka-round-trip.ts';
import { hostileMessage } from './messages.ts';
import { fail, type MessageAttributes, newOutcome, type Outcome } from './outcome.ts';
import type { SqsSender } from './sqs-sender.ts';

const require = createRequire(import.meta.url);
const { DatadogPropagator }: typeof Bridge = require('otel-datadog-bridge');

export interface Shares {
  readonly contexts: number;
  /** Every so many of them are really sent; the others go through the same checks without a request. */
  readonly httpEvery: number;
  readonly fetchEvery: number;
  readonly sqsEvery?: number;
  readonly kafkaEvery?: number;
}

/** Where messages are sent to; without one nothing is. */
export interface Brokers {
  readonly sqs?: SqsSender | undefined;
  readonly kafka?: KafkaRoundTrip | undefined;
}

/** A context, and what it was injected into. */
interface Injected {
  readonly context: Context;
  readonly headers: HeaderRecord;
  readonly attributes: MessageAttributes;
}

const AT_ONCE = 32;
const SQS_BATCH = 10;
/** At least: a round trip takes all that there is. */
const KAFKA_BATCH = 1_000;

/** Extracts that many hostile messages and injects each into every kind of carrier. */
export async function runHostile(shares: Shares, brokers: Brokers = {}): Promise<Outcome> {
  const outcome = newOutcome();
  const onUncaught = (error: unknown) => fail(outcome, `uncaught: ${error}`);
  process.on('uncaughtException', onUncaught).on('unhandledRejection', onUncaught);
  try {
    await using http = await HttpSenders.start();
    const propagator = new DatadogPropagator({ env: {} });
    const { contexts, httpEvery, fetchEvery, sqsEvery = 1, kafkaEvery = 1 } = shares;
    const { sqs, kafka } = brokers;
    const forSqs: Injected[] = [];
    const forKafka: Injected[] = [];
    for (let start = 0; start < contexts; start += AT_ONCE) {
      const end = Math.min(start + AT_ONCE, contexts);
      const sending: Promise<unknown>[] = [];
      for (let number = start; number < end; number += 1) {
        const context = propagator.extract(ROOT_CONTEXT, hostileMessage(number), contextGetter);
        outcome.contexts += 1;
        if (trace.getSpanContext(context) !== undefined) outcome.withTrace += 1;
        const inject = (headers: HeaderRecord) => propagator.inject(context, headers, defaultTextMapSetter);
        const injected = injectedEverywhere(outcome, propagator, context);
        if (number % httpEvery === 0) {
          outcome.sentByHttp += 1;
          sending.push(http.sendByHttp(inject));
        }
        if (number % fetchEvery === 0) {
          outcome.sentByFetch += 1;
          sending.push(http.sendByFetch(number, inject));
        }
        if (sqs !== undefined && number % sqsEvery === 0) forSqs.push(injected);
        if (kafka !== undefined && number % kafkaEvery === 0) forKafka.push(injected);
      }
      const isDue = (batch: unknown[], size: number) => batch.length >= (end === contexts ? 1 : size);
      while (sqs !== undefined && isDue(forSqs, SQS_BATCH)) {
        const batch = forSqs.splice(0, SQS_BATCH);
        outcome.sentToSqs += batch.length;
        sending.push(sqs.send(batch.map(({ attributes }) => attributes)));
      }
      if (kafka !== undefined && isDue(forKafka, KAFKA_BATCH)) {
        const batch = forKafka.splice(0);
        outcome.sentToKafka += batch.length;
        sending.push(overKafka(outcome, propagator, kafka, batch));
      }
      for (const { status, reason } of (await Promise.allSettled(sending)) as PromiseRejectedResult[]) {
        if (status === 'rejected') fail(outcome, reason);
      }
    }
    // What nobody catches is thrown in a turn of its own.
    await new Promise((resolve) => setTimeout(resolve, 100));
    return outcome;
  } finally {
    process.off('uncaughtException', onUncaught).off('unhandledRejection', onUncaught);
  }
}

function injectedEverywhere(outcome: Outcome, propagator: Bridge.DatadogPropagator, context: Context): Injected {
  const headers: HeaderRecord = {};
  const attributes: MessageAttributes = {};
  try {
    propagator.inject(context, headers, defaultTextMapSetter);
    checkHeaders(headers);
    checkKafkaHeaders(headers);
    propagator.inject(context, attributes, contextSetter);
    checkAttributes(attributes);
  } catch (error) {
    fail(outcome, error);
  }
  return { context, headers, attributes };
}

async function overKafka(
  outcome: Outcome,
  propagator: Bridge.DatadogPropagator,
  kafka: KafkaRoundTrip,
  batch: readonly Injected[],
): Promise<void> {
  const received = await kafka.send(batch.map(({ headers }) => headers));
  if (received.length !== batch.length) throw new Error(`Kafka makes ${received.length} messages of ${batch.length}`);
  for (const [index, { context, headers }] of batch.entries()) {
    const receivedHeaders = received[index] as IHeaders;
    try {
      checkReceivedHeaders(receivedHeaders, headers);
      checkReadBack(propagator, receivedHeaders, context);
      outcome.readFromKafka += 1;
    } catch (error) {
      fail(outcome, error);
    }
  }
}

/** From the bytes of a consumer's headers comes the same parent. */
function checkReadBack(propagator: Bridge.DatadogPropagator, received: IHeaders, context: Context): void {
  const read = idsIn(propagator.extract(ROOT_CONTEXT, received, defaultTextMapGetter));
  if (read !== idsIn(context)) throw new Error(`Kafka: ${read} is read where ${idsIn(context)} was sent`);
}

function idsIn(context: Context): string {
  const { traceId, spanId } = trace.getSpanContext(context) ?? {};
  return traceId === undefined ? 'no trace' : `${traceId} ${spanId}`;
}
