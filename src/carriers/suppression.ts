import { type Context, createContextKey } from '@opentelemetry/api';

// https://github.com/open-telemetry/opentelemetry-js/blob/main/packages/opentelemetry-core/src/trace/suppress-tracing.ts
const KEY = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

export function isTracingSuppressed(context: Context): boolean {
  return context.getValue(KEY) === true;
}

export function unsuppressTracing(context: Context): Context {
  return isTracingSuppressed(context) ? context.deleteValue(KEY) : context;
}
