import { createRequire } from 'node:module';
import type { Context } from '@opentelemetry/api';
import type * as Bridge from '../src/index.ts';
import { propagatorSide } from './opentelemetry-side.ts';
import type { Side } from './side.ts';

// Not imported by name, since its types are there only once it is built.
const require = createRequire(import.meta.url);
const { DatadogPropagator }: typeof Bridge = require('otel-datadog-bridge');

/** This package, as contrib's AWS SDK instrumentation calls it. */
export function bridgeSide(): Side<Context, Context> {
  return propagatorSide('bridge', new DatadogPropagator());
}
