import { createRequire } from 'node:module';
import { type Context, defaultTextMapSetter, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import {
  contextGetter,
  contextSetter,
} from '@opentelemetry/instrumentation-aws-sdk/build/src/services/MessageAttributes.js';
import type * as Bridge from '../../../src/index.ts';
import { checkAttributes, checkKafkaHeaders } from './carrier-checks.ts';
import { checkHeaders, type HeaderRecord, HttpSenders } from './http-senders.ts';
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
  readonly sqsEvery: number;
}

const AT_ONCE = 32;
const SQS_BATCH = 10;

/** Extracts that many hostile messages and injects each into every kind of carrier. */
export async function runHostile(shares: Shares, sqs?: SqsSender): Promise<Outcome> {
  const outcome = newOutcome();
  const onUncaught = (error: unknown) => fail(outcome, `uncaught: ${error}`);
  process.on('uncaughtException', onUncaught).on('unhandledRejection', onUncaught);
  try {
    await using http = await HttpSenders.start();
    const propagator = new DatadogPropagator({ env: {} });
    let batch: MessageAttributes[] = [];
    for (let start = 0; start < shares.contexts; start += AT_ONCE) {
      const sending: Promise<unknown>[] = [];
      for (let number = start; number < Math.min(start + AT_ONCE, shares.contexts); number += 1) {
        const context = propagator.extract(ROOT_CONTEXT, hostileMessage(number), contextGetter);
        outcome.contexts += 1;
        if (trace.getSpanContext(context) !== undefined) outcome.withTrace += 1;
        const inject = (headers: HeaderRecord) => propagator.inject(context, headers, defaultTextMapSetter);
        const attributes = injectedEverywhere(outcome, propagator, context);
        if (number % shares.httpEvery === 0) {
          outcome.sentByHttp += 1;
          sending.push(http.sendByHttp(inject));
        }
        if (number % shares.fetchEvery === 0) {
          outcome.sentByFetch += 1;
          sending.push(http.sendByFetch(number, inject));
        }
        if (sqs !== undefined && number % shares.sqsEvery === 0) batch.push(attributes);
        if (batch.length === SQS_BATCH) {
          outcome.sentToSqs += SQS_BATCH;
          sending.push((sqs as SqsSender).send(batch));
          batch = [];
        }
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

function injectedEverywhere(
  outcome: Outcome,
  propagator: Bridge.DatadogPropagator,
  context: Context,
): MessageAttributes {
  const attributes: MessageAttributes = {};
  try {
    const headers: HeaderRecord = {};
    propagator.inject(context, headers, defaultTextMapSetter);
    checkHeaders(headers);
    checkKafkaHeaders(headers);
    propagator.inject(context, attributes, contextSetter);
    checkAttributes(attributes);
  } catch (error) {
    fail(outcome, error);
  }
  return attributes;
}
