/**
 * The preload: `NODE_OPTIONS="--require otel-datadog-bridge/register"` traces an application that has no
 * line of tracing code. Whatever goes wrong here is one warning, and the application starts.
 */
import { preload } from './preload/preload';

preload(__filename, (env) => {
  const { isBesideOpenTelemetryLayer, joinOpenTelemetryLayer } =
    require('./preload/opentelemetry-layer') as typeof import('./preload/opentelemetry-layer');
  if (isBesideOpenTelemetryLayer(env)) {
    joinOpenTelemetryLayer(env);
  } else {
    const { startTracing } = require('./preload/start') as typeof import('./preload/start');
    startTracing(env);
  }
});
