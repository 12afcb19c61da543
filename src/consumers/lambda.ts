import {
  type Context,
  defaultTextMapGetter,
  INVALID_SPAN_CONTEXT,
  propagation,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api';
import { propagatorInForce } from '../carriers/propagator-in-force';
import { contextOfBatch, propertiesOf, readSafely } from './records';

/**
 * An `EventContextExtractor` for contrib's `AwsLambdaInstrumentation`: the context of the message that the
 * function was invoked with. For an SQS event that is the first record with a context; the others become links,
 * which `DatadogSpanProcessor` puts on the invocation's span. For an event with HTTP headers it is theirs, else the root context.
 * Never throws.
 */
export function extractEventContext(event: unknown, _lambdaContext?: unknown): Context {
  return readSafely(() => contextOfEvent(event)) ?? ROOT_CONTEXT;
}

function contextOfEvent(event: unknown): Context | undefined {
  const { Records, headers } = propertiesOf(event);
  if (Array.isArray(Records)) return contextOfBatch(Records, ROOT_CONTEXT);
  if (!headers) return undefined;
  return keepWithoutSpan(propagatorInForce().extract(ROOT_CONTEXT, headers, defaultTextMapGetter));
}

/** contrib takes the root context when there is no span in what we return, and baggage would be lost with it. */
function keepWithoutSpan(context: Context): Context {
  const bare = !trace.getSpanContext(context) && propagation.getBaggage(context);
  return bare ? trace.setSpanContext(context, INVALID_SPAN_CONTEXT) : context;
}
