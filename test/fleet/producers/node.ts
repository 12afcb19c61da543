import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { datadogEnv, openTelemetryEnv } from '../environment.ts';
import { example, NODE, nodeProject, temporaryFolder } from '../node-project.ts';
import { orderService } from '../order-service.ts';
import type { Fleet, Producer, StartedProducer } from '../peer.ts';
import { bridgeVersion, npmVersion } from '../versions.ts';

const EXAMPLE = 'otel-node-producer';
const PROGRAMS = join(import.meta.dirname, '../programs');
const PROPAGATION = ['--require', 'otel-datadog-bridge/register-propagation'];

const common = {
  missing: () => undefined,
  ways: ['single', 'batch', 'fifo', 'topic', 'event'],
  keeps: ['origin', 'userId', 'baggage'],
} as const;

/** The service of the example, which has no line of tracing, behind the preloads. */
async function orders(
  service: string,
  preloads: readonly string[],
  env: Record<string, string>,
  { aws }: Fleet,
  packages: Record<string, string> = {},
): Promise<StartedProducer> {
  const cwd = await nodeProject(example(EXAMPLE), packages);
  return orderService({ service, command: [NODE, ...preloads, 'orders.cjs'], env: { ...aws, ...env }, cwd });
}

const register: Producer = {
  ...common,
  name: 'OpenTelemetry JS, /register',
  version: bridgeVersion(),
  hasBridge: true,
  start: (mode, fleet) => {
    const service = `otel-js-register-${mode}`;
    const preload =
      mode === 'with' ? 'otel-datadog-bridge/register' : '@opentelemetry/auto-instrumentations-node/register';
    return orders(service, ['--require', preload], openTelemetryEnv(service, fleet), fleet);
  },
};

const ownSdk: Producer = {
  ...common,
  name: 'OpenTelemetry JS, own NodeSDK, /register-propagation',
  version: npmVersion('fleet-node', '@opentelemetry/sdk-node'),
  hasBridge: true,
  start: (mode, fleet) => {
    const service = `otel-js-own-sdk-${mode}`;
    const preloads = [...(mode === 'with' ? PROPAGATION : []), '--require', './node-sdk.cjs'];
    // Beside an SDK of the application's own bodies are left alone until they are named.
    const env = { ...openTelemetryEnv(service, fleet), OTEL_DATADOG_BODY_CARRIERS: 'eventbridge' };
    return orders(service, preloads, env, fleet);
  },
};

const bundled: Producer = {
  ...common,
  name: 'OpenTelemetry JS, bundled, plugin',
  version: bridgeVersion(),
  hasBridge: true,
  ways: ['single', 'batch'],
  start: async (mode, { aws, ...fleet }) => {
    const service = `otel-js-bundled-${mode}`;
    const file = join(temporaryFolder(), 'orders.cjs');
    await build({
      entryPoints: [join(example('bundled-esbuild'), 'orders.mjs')],
      bundle: true,
      platform: 'node',
      outfile: file,
      logLevel: 'error',
      ...(mode === 'without' && { alias: { 'otel-datadog-bridge': join(PROGRAMS, 'without-bridge.mjs') } }),
    });
    const env = { ...aws, ...openTelemetryEnv(service, fleet) };
    return orderService({ service, command: [NODE, file], env, cwd: dirname(file) });
  },
};

function ddTrace(name: 'dd-trace' | 'dd-trace-5'): Producer {
  const version = npmVersion('fleet-node', name);
  const service = `dd-trace-js-${version.split(/[ .]/)[1]}`;
  return {
    ...common,
    name: service.replace('-js-', '-js '),
    version,
    hasBridge: false,
    start: (_mode, fleet) =>
      orders(service, ['--require', 'dd-trace/init'], datadogEnv(service, fleet), fleet, { 'dd-trace': name }),
  };
}

export const NODE_PRODUCERS: readonly Producer[] = [
  register,
  ownSdk,
  bundled,
  ddTrace('dd-trace-5'),
  ddTrace('dd-trace'),
];
