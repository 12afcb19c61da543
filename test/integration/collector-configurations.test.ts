import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { builtCollector } from '../peers/collector/build.ts';
import {
  BUILD_MILLIS,
  COLLECTOR,
  type CollectorOptions,
  freePorts,
  missingToolchain,
  startCollector,
  validate,
} from '../peers/collector/collector.ts';
import { describeWithDatadogBuild } from '../peers/collector/datadog-build.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';

const ONE_BOX = join(COLLECTOR, '../otel-config.yaml');
const configs = (...names: string[]) => [ONE_BOX, ...names.map((name) => join(COLLECTOR, name))];
const BACKEND = { OTLP_EXPORT_ENDPOINT: 'https://127.0.0.1:1' };

describeWithToolchain('configurations of the Collector', missingToolchain(), () => {
  beforeAll(() => builtCollector('slim'), BUILD_MILLIS);

  const SLIM: [string, CollectorOptions][] = [
    ['otel-config.yaml', { configs: configs() }],
    ['otel-config.yaml and agent.yaml', { configs: configs('agent.yaml') }],
    ['otel-config.yaml and any-otlp.yaml', { configs: configs('any-otlp.yaml'), env: BACKEND }],
  ];
  test.each(SLIM)('%s is valid, and starts', async (_name, options) => {
    expect(await validate(options)).toEqual({ valid: true, output: '' });
    const [agent] = await freePorts(1);
    const collector = await startCollector({ ...options, env: { DD_AGENT_OTLP_PORT: `${agent}`, ...options.env } });
    expect((await fetch(collector.health)).status).toBe(200);
    expect(await (await fetch(collector.metrics)).text()).toContain('otelcol_');
    expect(await collector.stop()).toBe(0);
    // No Agent is there, which gRPC says before anything is sent.
    expect(collector.log()).not.toMatch(/\t(warn|error)\t(?!grpc)/);
  });

  test('headers for the backend are a map', async () => {
    const env = { OTLP_EXPORT_HEADERS: '{"authorization": "Bearer abc", "x-team": "orders"}' };
    expect(await validate({ configs: configs(), env })).toEqual({ valid: true, output: '' });
  });

  const MISTAKES: [string, CollectorOptions, RegExp][] = [
    [
      'a port that is none',
      { configs: configs(), env: { METRICS_PORT: 'abc' } },
      /prometheus.port' expected type 'int'/,
    ],
    ['a share that is no number', { configs: configs(), env: { SAMPLING_PERCENTAGE: 'all' } }, /sampling_percentage/],
    [
      'a wait without a unit',
      { configs: configs(), env: { DECISION_WAIT: 'soon' } },
      /'decision_wait' time: invalid duration/,
    ],
    ['a limit that is no number', { configs: configs(), env: { MEMORY_LIMIT_MIB: '1GB' } }, /limit_mib/],
    ['headers that are no map', { configs: configs(), env: { OTLP_EXPORT_HEADERS: 'a=b' } }, /headers/],
    ['no backend', { configs: configs('any-otlp.yaml') }, /endpoint must be specified/],
    ['no one-box configuration', { configs: [join(COLLECTOR, 'agent.yaml')] }, /no receiver/],
    ['an exporter that this build lacks', { configs: configs('datadog.yaml') }, /unknown type: "datadog"/],
    ['a receiver that this build lacks', { configs: configs('datadog-receiver.yaml') }, /unknown type: "datadog"/],
  ];
  test.each(MISTAKES)("%s is the Collector's own error", async (_name, options, error) => {
    const { valid, output } = await validate(options);
    expect(output).toMatch(error);
    expect(valid).toBe(false);
  });

  test('an address without a port is an error at the start', async () => {
    const env = { OTLP_GRPC_ENDPOINT: '127.0.0.1' };
    await expect(startCollector({ configs: configs(), env })).rejects.toThrow('missing port in address');
  });

  test('a port that is taken is an error at the start', async () => {
    const first = await startCollector({ configs: configs() });
    const env = { OTLP_HTTP_ENDPOINT: first.otlpHttp.slice('http://'.length) };
    await expect(startCollector({ configs: configs(), env })).rejects.toThrow('address already in use');
    await first.stop();
  });
});

describeWithDatadogBuild("configurations of the Collector with Datadog's exporter", () => {
  const options = { configs: configs('datadog.yaml'), distribution: 'datadog' } as const;

  test('datadog.yaml is valid with a key', async () => {
    // Without a host's name the exporter asks the cloud that it runs in for it, and says what it hears.
    const named = [...options.configs, 'yaml:exporters::datadog::hostname: test'];
    const { valid, output } = await validate({ ...options, configs: named, env: { DD_API_KEY: 'a'.repeat(32) } });
    expect(output).toBe('');
    expect(valid).toBe(true);
  });

  test('without a key it is not', async () => {
    const { valid, output } = await validate(options);
    expect(output).toContain('api.key is not set');
    expect(valid).toBe(false);
  });

  test('the one-box configuration is valid on it too', async () => {
    expect(await validate({ configs: configs(), distribution: 'datadog' })).toEqual({ valid: true, output: '' });
  });
});
