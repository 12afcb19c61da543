import type { Context } from '@opentelemetry/api';
import { DatadogPropagator } from 'otel-datadog-bridge';
import { propagatorSide } from './opentelemetry-side.ts';
import type { Side } from './side.ts';

/** This package, as contrib's AWS SDK instrumentation calls it. */
export function bridgeSide(): Side<Context, Context> {
  return propagatorSide('bridge', new DatadogPropagator());
}
