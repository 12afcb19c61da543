import { type Tracer, trace } from '@opentelemetry/api';

/** Names the instrumentation scope of the spans that this package itself starts. */
const SCOPE = 'otel-datadog-bridge';

export function ownTracer(): Tracer {
  return trace.getTracer(SCOPE);
}
