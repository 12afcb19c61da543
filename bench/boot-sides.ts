import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installedModules } from '../test/peers/npm-project.ts';

const require = createRequire(import.meta.url);

/** What a process is started with. */
export interface BootSide {
  readonly name: string;
  readonly preload: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What dd-trace keeps for what the bridge traces too: HTTP, `fetch`, the AWS SDK and kafkajs. */
const KEPT_BY_DATADOG = /^(?:https?|net|undici|fetch|kafkajs|aws-sdk|@(?:aws-sdk|smithy)\/.*)$/;

const DATADOG_QUIET = {
  DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
  DD_REMOTE_CONFIGURATION_ENABLED: 'false',
  DD_CRASHTRACKING_ENABLED: 'false',
  DD_TRACE_STARTUP_LOGS: 'false',
};

/** Without what the bridge has none of and what costs more: metrics, logs, and asking for a cloud's metadata where there is none. */
const OPENTELEMETRY_TRACES = {
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
  OTEL_NODE_RESOURCE_DETECTORS: 'env,host,os,process',
};

/** The first is what the others add to, the last is ours. */
export async function bootSides(): Promise<BootSide[]> {
  const autoInstrumentations = join(
    await installedModules('opentelemetry-sdk-2'),
    '@opentelemetry/auto-instrumentations-node/build/src/register.js',
  );
  const ddTrace = [require.resolve('dd-trace/init')];
  return [
    { name: 'bare node', preload: [] },
    { name: 'dd-trace/init', preload: ddTrace, env: DATADOG_QUIET },
    {
      name: 'dd-trace/init, other plugins off',
      preload: ddTrace,
      env: { ...DATADOG_QUIET, ...otherPluginsOff() },
    },
    { name: 'auto-instrumentations-node/register', preload: [autoInstrumentations], env: OPENTELEMETRY_TRACES },
    { name: 'NodeSDK, three instrumentations', preload: [fileOf('./boot-node-sdk.cjs')], env: OPENTELEMETRY_TRACES },
    { name: 'bridge', preload: [fileOf('../dist/register.js')] },
  ];
}

/** By dd-trace's own list of what it instruments. */
function otherPluginsOff(): Record<string, string> {
  const hooks: object = require('dd-trace/packages/datadog-instrumentations/src/helpers/hooks');
  const others = [...Object.keys(hooks), 'process', 'console'].filter((name) => !KEPT_BY_DATADOG.test(name)).join();
  return { DD_TRACE_DISABLED_INSTRUMENTATIONS: others, DD_TRACE_DISABLED_PLUGINS: others };
}

function fileOf(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
