import { awsInstrumentationConfig } from '../aws/instrumentation-config';
import { DatadogPropagator } from '../carriers/datadog-propagator';
import type { Environment } from '../configuration/environment';
import { lambdaInstrumentationConfig } from '../consumers/lambda-instrumentation';
import { awsWriter } from './aws-writer';

type Configure = (config: object) => object;

/**
 * Gives OpenTelemetry's layer our propagator, our extractor and the writing of AWS messages, by the global hooks that it documents.
 * Everything else, spans and export too, stays its own.
 * https://github.com/open-telemetry/opentelemetry-lambda/blob/main/nodejs/packages/layer/src/wrapper.ts
 */
export function joinOpenTelemetryLayer(env: Environment): void {
  configure('configureSdkRegistration', (config) => ({ ...config, propagator: new DatadogPropagator({ env }) }));
  // The spans that Datadog infers would have none of what Datadog needs on a span: nothing of ours puts it there.
  const options = { inferredSpans: false, env };
  configure('configureLambdaInstrumentation', (config) => lambdaInstrumentationConfig(config, options));
  configure('configureAwsInstrumentation', awsInstrumentationConfig);
  awsWriter(env);
}

/** The application's own hook, set before or after, comes first. */
function configure(name: string, change: Configure): void {
  const globals = globalThis as unknown as Record<string, Configure | undefined>;
  let own = globals[name];
  const both: Configure = (config) => change(typeof own === 'function' ? own(config) : config);
  Object.defineProperty(globals, name, {
    configurable: true,
    get: () => both,
    set: (hook: Configure) => {
      own = hook;
    },
  });
}
