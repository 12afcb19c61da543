import { basename } from 'node:path';
import type { Environment } from '../configuration/environment';

/** Whether the function has OpenTelemetry's own layer for Lambda, which starts tracing by itself: its wrapper, or ours and then its. */
export function isBesideOpenTelemetryLayer({
  AWS_LAMBDA_EXEC_WRAPPER,
  OTEL_DATADOG_NEXT_WRAPPER,
}: Environment): boolean {
  return [AWS_LAMBDA_EXEC_WRAPPER, OTEL_DATADOG_NEXT_WRAPPER].some(
    (wrapper) => basename(wrapper ?? '') === 'otel-handler',
  );
}
