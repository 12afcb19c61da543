/**
 * The preload: `NODE_OPTIONS="--require otel-datadog-bridge/register"` traces an application that has no
 * line of tracing code. Whatever goes wrong here is one warning, and the application starts.
 */

import { isFalse, isTrue } from './configuration/environment';
import { warn } from './configuration/warning';
import { withAbsolutePreload } from './preload/node-options';

const LOADED = Symbol.for('otel-datadog-bridge.register');

try {
  // Of two copies, one named by an inherited NODE_OPTIONS, the second does nothing.
  const loaded = LOADED in globalThis;
  Object.defineProperty(globalThis, LOADED, { value: true });
  const { NODE_OPTIONS } = process.env;
  if (NODE_OPTIONS !== undefined) process.env.NODE_OPTIONS = withAbsolutePreload(NODE_OPTIONS, __filename);
  const disabled = loaded || isTrue(process.env.OTEL_SDK_DISABLED) || isFalse(process.env.DD_TRACE_ENABLED);
  if (!disabled) {
    const { isBesideOpenTelemetryLayer, joinOpenTelemetryLayer } =
      require('./preload/opentelemetry-layer') as typeof import('./preload/opentelemetry-layer');
    if (isBesideOpenTelemetryLayer(process.env)) {
      joinOpenTelemetryLayer(process.env);
    } else {
      const { startTracing } = require('./preload/start') as typeof import('./preload/start');
      startTracing(process.env);
    }
  }
} catch (error) {
  warn(`tracing did not start: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
}
