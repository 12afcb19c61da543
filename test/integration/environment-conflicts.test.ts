import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { otlpDestination } from '../../src/tracing/otlp.ts';
import { Recorder } from './environment/recorder.ts';
import { REGISTER, runNode } from './run-node.ts';

const FIXTURES = `${import.meta.dirname}/fixtures`;

let recorder: Recorder;
beforeAll(async () => {
  recorder = await Recorder.start();
});
afterAll(() => recorder.close());

async function printedBy(args: string[], env: Record<string, string>): Promise<string> {
  const application = runNode(args, { env });
  expect(await application.end, application.stderr).toBe(0);
  return application.stdout;
}

interface DatadogConfiguration {
  service: string;
  env?: string;
  version?: string;
  region?: string;
  team?: string;
  rate?: number;
  url: string;
  isOn: boolean;
}

async function datadogConfiguration(env: Record<string, string>): Promise<DatadogConfiguration> {
  return JSON.parse(await printedBy([`${FIXTURES}/datadog-configuration.cjs`], env)) as DatadogConfiguration;
}

/** A variable of each for one thing. */
const SERVICE = { OTEL_SERVICE_NAME: 'by-otel' };
const RESOURCE = {
  OTEL_RESOURCE_ATTRIBUTES:
    'service.name=by-resource,deployment.environment.name=by-resource,service.version=1,region=eu,team=a',
};
const TAGS = { DD_TAGS: 'service:by-tags,env:by-tags,version:2,region:us' };

describe('where DD_* and OTEL_* disagree, what dd-trace takes is taken', () => {
  test.each<Record<string, string>>([
    { ...SERVICE, DD_SERVICE: 'by-dd' },
    { ...SERVICE, ...TAGS },
    { ...SERVICE, ...RESOURCE },
    { ...TAGS, ...RESOURCE },
    { ...TAGS, ...RESOURCE, DD_SERVICE: 'by-dd', DD_ENV: 'by-dd', DD_VERSION: '3' },
    { ...SERVICE, ...TAGS, ...RESOURCE, DD_ENV: 'by-dd' },
  ])('resource: %j', async (env) => {
    recorder.exports.length = 0;
    const exporter = { OTEL_EXPORTER_OTLP_ENDPOINT: recorder.endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
    await printedBy(['--require', REGISTER, `${FIXTURES}/one-request.cjs`], { ...exporter, ...env });
    const resource = recorder.exports[0]?.resource ?? {};
    const { service, env: environment, version, region, team } = await datadogConfiguration(env);
    expect({
      service: resource['service.name'],
      environment: resource['deployment.environment.name'],
      version: resource['service.version'],
      region: resource.region,
      team: resource.team,
    }).toEqual({ service, environment, version, region, team });
  });

  test.each<[env: Record<string, string>, rate: number]>([
    [{ DD_TRACE_SAMPLE_RATE: '1', OTEL_TRACES_SAMPLER: 'always_off' }, 1],
    [{ DD_TRACE_SAMPLE_RATE: '0', OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '1' }, 0],
    [{ OTEL_TRACES_SAMPLER: 'always_off', OTEL_TRACES_SAMPLER_ARG: '1' }, 0],
  ])('sampling: %j', async (env, rate) => {
    recorder.exports.length = 0;
    const exporter = { OTEL_EXPORTER_OTLP_ENDPOINT: recorder.endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
    await printedBy(['--require', REGISTER, `${FIXTURES}/one-request.cjs`], { ...exporter, ...env });
    expect((await datadogConfiguration(env)).rate).toBe(rate);
    expect(recorder.exports.flatMap(({ spans }) => spans)).toHaveLength(rate === 1 ? 2 : 0);
  });

  test.each<Record<string, string>>([
    { DD_AGENT_HOST: 'agent' },
    { DD_AGENT_HOST: 'agent', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' },
    {
      DD_AGENT_HOST: 'agent',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://other/here',
    },
    { DD_TRACE_AGENT_URL: 'http://agent:8126', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' },
  ])('where spans go: %j', async (env) => {
    expect(otlpDestination(env).url).toBe((await datadogConfiguration(env)).url);
  });

  test.each<[env: Record<string, string>, isOn: boolean]>([
    [{ OTEL_TRACES_EXPORTER: 'none' }, false],
    [{ OTEL_TRACES_EXPORTER: 'none', DD_TRACE_ENABLED: 'true' }, true],
    [{ DD_TRACE_ENABLED: 'false' }, false],
  ])('whether spans leave: %j', async (env, isOn) => {
    recorder.exports.length = 0;
    await printedBy(['--require', REGISTER, `${FIXTURES}/one-request.cjs`], {
      OTEL_EXPORTER_OTLP_ENDPOINT: recorder.endpoint,
      ...env,
    });
    expect((await datadogConfiguration(env)).isOn).toBe(isOn);
    expect(recorder.exports.length > 0).toBe(isOn);
  });
});
