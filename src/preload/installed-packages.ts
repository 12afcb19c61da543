import { applicationFolders, requireFrom } from './application-folder';

/** What tracing is made of where it does not come from the bundle. */
const PACKAGES = [
  '@opentelemetry/api',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/exporter-trace-otlp-proto',
  '@opentelemetry/instrumentation',
  '@opentelemetry/instrumentation-aws-sdk',
  '@opentelemetry/instrumentation-http',
  '@opentelemetry/instrumentation-kafkajs',
  '@opentelemetry/instrumentation-undici',
  '@opentelemetry/otlp-exporter-base',
  '@opentelemetry/otlp-transformer',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace-node',
];

/**
 * The application's own copy of a module of these packages.
 * @throws Error that names all of them that are not installed, where this one is not.
 */
export function installed(module: string): unknown {
  const require = requireFor(module);
  if (require === undefined) {
    const missing = PACKAGES.filter((name) => requireFor(name) === undefined).join(' ') || module;
    throw new Error(`OTEL_DATADOG_BUNDLED=false takes OpenTelemetry from the application: npm install ${missing}`);
  }
  return require(module);
}

/** That of the first of the application's folders from where the module is found. */
function requireFor(module: string): NodeJS.Require | undefined {
  return applicationFolders()
    .map(requireFrom)
    .find((require) => {
      try {
        return require.resolve(module);
      } catch {
        return false;
      }
    });
}
