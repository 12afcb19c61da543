/**
 * The preload for an application that starts an OpenTelemetry SDK of its own:
 * `NODE_OPTIONS="--require otel-datadog-bridge/register-propagation"` adds Datadog's propagation to it, and the context to AWS messages.
 * Its exporters, samplers and spans stay as they are. Whatever goes wrong here is one warning, and the application starts.
 */
import { preload } from './preload/preload';

preload(
  __filename,
  (env) => {
    const { joinOwnSdk } = require('./preload/own-sdk') as typeof import('./preload/own-sdk');
    joinOwnSdk(env);
  },
  "Datadog's context is not added to OpenTelemetry's",
);
