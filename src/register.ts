/**
 * The preload: `NODE_OPTIONS="--require otel-datadog-bridge/register"` traces an application that has no
 * line of tracing code. Whatever goes wrong here is one warning, and the application starts.
 */
import { createRequire } from 'node:module';
import { booleanFrom } from './configuration/environment';
import { isBesideOpenTelemetryLayer } from './preload/beside-layer';
import { preload } from './preload/preload';

type Start = typeof import('./preload/start');

preload(__filename, (env) => {
  if (isBesideOpenTelemetryLayer(env)) {
    const { joinOpenTelemetryLayer } =
      require('./preload/opentelemetry-layer') as typeof import('./preload/opentelemetry-layer');
    joinOpenTelemetryLayer(env);
  } else if (booleanFrom(env, 'OTEL_DATADOG_BUNDLED', true)) {
    const { startTracing } = require('./preload/start') as Start;
    startTracing(env);
  } else {
    // A bundle of its own, without any of OpenTelemetry's packages.
    const { startTracing } = createRequire(__filename)('./register-installed.js') as Start;
    startTracing(env);
  }
});
