import { type Context, defaultTextMapGetter, INVALID_SPAN_CONTEXT, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { carriersOfClientContext, carriersOfInput, carriersOfRequest } from '../carriers/invocation-carriers';
import { kafkaRecords } from '../carriers/kafka-record';
import { propagatorInForce } from '../carriers/propagator-in-force';
import { propertiesOf } from '../carriers/properties-of';
import { type ConsumerOptions, consumerConfiguration, type MessageLinks } from '../configuration/consumers';
import type { Environment } from '../configuration/environment';
import { contextOfBatch, isParent, readSafely } from './records';

export type ExtractEventContextOptions = Pick<ConsumerOptions, 'links' | 'env'>;

/**
 * An `EventContextExtractor` for contrib's `AwsLambdaInstrumentation`: the context that the function was invoked with. For a batch
 * (SQS, SNS, Kinesis, Kafka) that is the first record with a context; the others become links, which `DatadogSpanProcessor` puts on
 * the invocation's span. Else it is that of the request's headers (API Gateway, ALB, function URL, AppSync), of EventBridge's detail,
 * of the input of a Step Functions execution, and then that of the client context, which `Invoke` takes along. Without any it is
 * the root context. With the option `links: 'only'` the records of a batch, and an event of EventBridge's, are links all of them.
 *
 * It only reads: Datadog's inferred spans are made under `lambdaInstrumentationConfig`. Never throws, but for a bad option a TypeError.
 */
export function extractEventContext(
  event: unknown,
  lambdaContext?: unknown,
  options: ExtractEventContextOptions = {},
): Context {
  const { links } = consumerConfiguration(options);
  return keptByContrib(readEvent(event, lambdaContext, links, options.env).context);
}

/** What a function was invoked with. */
export interface EventReading {
  readonly context: Context;
  /** The message that the context is of, one of the records or the event itself; where none has a context the first. */
  readonly message: unknown;
}

/** The same as `extractEventContext`, before contrib. */
export function readEvent(
  event: unknown,
  lambdaContext: unknown,
  links: MessageLinks,
  env: Environment | undefined,
): EventReading {
  const messages = readSafely(() => messagesOf(event)) ?? [];
  const batch = readSafely(() => contextOfBatch(messages, ROOT_CONTEXT, links, env));
  if (batch !== undefined) return batch;
  const baggageAlone: Context[] = [];
  const { readsAuthorizer } = consumerConfiguration({ env });
  const context =
    parentIn(carriersOfRequest(event, readsAuthorizer), baggageAlone, env) ??
    // Of what is the application's own, `baggage` alone may be anything.
    parentIn(carriersOfInput(event), [], env) ??
    parentIn(carriersOfClientContext(lambdaContext), baggageAlone, env) ??
    baggageAlone[0] ??
    ROOT_CONTEXT;
  return { context, message: readSafely(() => messages[0]) };
}

/** The records of a batch; an event of EventBridge's is one by itself. */
function messagesOf(event: unknown): readonly unknown[] {
  const { Records, 'detail-type': detailType } = propertiesOf(event);
  if (Array.isArray(Records)) return Records;
  const ofKafka = kafkaRecords(event);
  if (ofKafka !== undefined) return ofKafka;
  return typeof detailType === 'string' ? [event] : [];
}

/** The first context with a parent; what has none is added to `others`. */
function parentIn(carriers: Iterable<object>, others: Context[], env: Environment | undefined): Context | undefined {
  return readSafely(() => {
    for (const carrier of carriers) {
      const extracted = propagatorInForce(env).extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
      if (isParent(extracted, ROOT_CONTEXT)) return extracted;
      if (extracted !== ROOT_CONTEXT) others.push(extracted);
    }
    return undefined;
  });
}

/** contrib takes the root context when there is no span in what we return: baggage and links would be lost with it. */
export function keptByContrib(context: Context): Context {
  if (context === ROOT_CONTEXT || trace.getSpanContext(context)) return context;
  return trace.setSpanContext(context, INVALID_SPAN_CONTEXT);
}
