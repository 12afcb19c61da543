import { type Context, defaultTextMapGetter, INVALID_SPAN_CONTEXT, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { carriersOfClientContext, carriersOfInput, carriersOfRequest } from '../carriers/invocation-carriers';
import { propagatorInForce } from '../carriers/propagator-in-force';
import { propertiesOf } from '../carriers/properties-of';
import { contextOfBatch, isParent, readSafely } from './records';

/**
 * An `EventContextExtractor` for contrib's `AwsLambdaInstrumentation`: the context that the function was invoked with. For a batch
 * (SQS, SNS, Kinesis) that is the first record with a context; the others become links, which `DatadogSpanProcessor` puts on
 * the invocation's span. Else it is that of the request's headers (API Gateway, ALB, function URL, AppSync), of EventBridge's detail,
 * of the input of a Step Functions execution, and then that of the client context, which `Invoke` takes along. Without any it is
 * the root context. Never throws.
 */
export function extractEventContext(event: unknown, lambdaContext?: unknown): Context {
  const records = readSafely(() => propertiesOf(event).Records);
  const baggageAlone: Context[] = [];
  const context =
    (Array.isArray(records) ? readSafely(() => contextOfBatch(records, ROOT_CONTEXT)) : undefined) ??
    parentIn(carriersOfRequest(event), baggageAlone) ??
    // Of what is the application's own, `baggage` alone may be anything.
    parentIn(carriersOfInput(event), []) ??
    parentIn(carriersOfClientContext(lambdaContext), baggageAlone) ??
    baggageAlone[0] ??
    ROOT_CONTEXT;
  return keptByContrib(context);
}

/** The first context with a parent; what has none is added to `others`. */
function parentIn(carriers: Iterable<object>, others: Context[]): Context | undefined {
  return readSafely(() => {
    for (const carrier of carriers) {
      const extracted = propagatorInForce().extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
      if (isParent(extracted, ROOT_CONTEXT)) return extracted;
      if (extracted !== ROOT_CONTEXT) others.push(extracted);
    }
    return undefined;
  });
}

/** contrib takes the root context when there is no span in what we return: baggage and links would be lost with it. */
function keptByContrib(context: Context): Context {
  if (context === ROOT_CONTEXT || trace.getSpanContext(context)) return context;
  return trace.setSpanContext(context, INVALID_SPAN_CONTEXT);
}
