import { type Context, createContextKey } from '@opentelemetry/api';

const KEY = createContextKey('otel-datadog-bridge AWS call');

/** Marks what happens inside an AWS call, so that no instrumentation makes a span of its HTTP request or puts headers on it. */
export function enterAwsCall(context: Context): Context {
  return context.setValue(KEY, true);
}

export function isInAwsCall(context: Context): boolean {
  return context.getValue(KEY) === true;
}
