import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { otlpDestination, withoutCredentials } from '../../../src/tracing/otlp.ts';

const warnings: string[] = [];
beforeEach(() => {
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
});
afterEach(() => {
  warnings.length = 0;
  vi.restoreAllMocks();
});

const LOCAL = 'http://127.0.0.1:4318/v1/traces';
const TRACES = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
const ALL = 'OTEL_EXPORTER_OTLP_ENDPOINT';

describe('where spans go', () => {
  test.each<[env: Record<string, string>, url: string]>([
    [{}, LOCAL],
    [{ DD_AGENT_HOST: 'agent' }, 'http://agent:4318/v1/traces'],
    [{ DD_AGENT_HOST: ' 10.0.0.1 ' }, 'http://10.0.0.1:4318/v1/traces'],
    [{ DD_AGENT_HOST: 'fd00::1' }, 'http://[fd00::1]:4318/v1/traces'],
    [{ DD_AGENT_HOST: '[fd00::1]' }, 'http://[fd00::1]:4318/v1/traces'],
    [{ DD_AGENT_HOST: '' }, LOCAL],
    [{ [ALL]: 'http://collector:4318' }, 'http://collector:4318/v1/traces'],
    [{ [ALL]: 'https://collector/otlp/' }, 'https://collector/otlp/v1/traces'],
    [{ [ALL]: '' }, LOCAL],
    [{ [TRACES]: 'https://collector/here' }, 'https://collector/here'],
    [{ [TRACES]: 'http://a/x', [ALL]: 'http://b', DD_AGENT_HOST: 'c' }, 'http://a/x'],
    [{ [TRACES]: ' ', [ALL]: 'http://b', DD_AGENT_HOST: 'c' }, 'http://b/v1/traces'],
    // 8126 is the Agent's own intake, not its OTLP receiver.
    [{ DD_TRACE_AGENT_URL: 'http://agent:8126', DD_TRACE_AGENT_PORT: '8126' }, 'http://agent:4318/v1/traces'],
    [{ DD_TRACE_AGENT_URL: 'https://agent', DD_AGENT_HOST: 'other' }, 'http://agent:4318/v1/traces'],
    [{ DD_TRACE_AGENT_URL: ' http://[fd00::1]:8126/ ' }, 'http://[fd00::1]:4318/v1/traces'],
    [{ DD_TRACE_AGENT_URL: 'unix:///var/run/a.socket', [ALL]: 'http://b' }, 'http://b/v1/traces'],
  ])('with %j', (env, url) => {
    expect(otlpDestination(env).url).toBe(url);
    expect(warnings).toEqual([]);
  });

  test.each<[env: Record<string, string>, url: string]>([
    [{ [TRACES]: 'collector:4318' }, LOCAL],
    [{ [TRACES]: 'grpc://collector' }, LOCAL],
    [{ [ALL]: 'nonsense' }, LOCAL],
    [{ [ALL]: 'nonsense', DD_AGENT_HOST: 'agent' }, 'http://agent:4318/v1/traces'],
    [{ DD_AGENT_HOST: 'a b' }, LOCAL],
    [{ DD_TRACE_AGENT_URL: 'unix:///var/run/datadog/apm.socket' }, LOCAL],
    [{ DD_TRACE_AGENT_URL: 'unix:///a.socket', DD_AGENT_HOST: 'agent' }, 'http://agent:4318/v1/traces'],
    [{ DD_TRACE_AGENT_URL: 'agent:8126' }, LOCAL],
    [{ DD_AGENT_HOST: 'http://agent' }, LOCAL],
  ])('with %j, which is bad, is said in one warning that names both', (env, url) => {
    expect(otlpDestination(env).url).toBe(url);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(Object.entries(env)[0]?.join('='));
    expect(warnings[0]).toContain(url);
  });

  test('where the next variable is good, the warning says that spans go there', () => {
    const { url } = otlpDestination({ [TRACES]: 'nonsense', [ALL]: 'http://collector:4318' });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(url);
  });
});

describe('how they are encoded', () => {
  const PROTOCOL = 'OTEL_EXPORTER_OTLP_PROTOCOL';
  const TRACES_PROTOCOL = 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL';

  test.each<[env: Record<string, string>, encoding: string]>([
    [{}, 'http/protobuf'],
    [{ [PROTOCOL]: 'http/json' }, 'http/json'],
    [{ [PROTOCOL]: 'HTTP/JSON' }, 'http/json'],
    [{ [PROTOCOL]: ' http/protobuf ' }, 'http/protobuf'],
    [{ [TRACES_PROTOCOL]: 'http/json', [PROTOCOL]: 'http/protobuf' }, 'http/json'],
    [{ [TRACES_PROTOCOL]: '', [PROTOCOL]: 'http/json' }, 'http/json'],
  ])('with %j', (env, encoding) => {
    expect(otlpDestination(env).encoding).toBe(encoding);
    expect(warnings).toEqual([]);
  });

  test.each([
    { [PROTOCOL]: 'grpc' },
    { [TRACES_PROTOCOL]: 'nonsense' },
    { [TRACES_PROTOCOL]: 'grpc', [PROTOCOL]: 'http/json' },
  ])('with %j, which is not supported, as protobuf, and one warning says so', (env) => {
    expect(otlpDestination(env).encoding).toBe('http/protobuf');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(Object.entries(env)[0]?.join('='));
    expect(warnings[0]).toContain('http/protobuf');
  });
});

test('credentials in the URL are not shown', () => {
  expect(withoutCredentials('https://user:secret@collector:4318/v1/traces')).toBe('https://collector:4318/v1/traces');
  expect(withoutCredentials('http://127.0.0.1:4318/v1/traces')).toBe('http://127.0.0.1:4318/v1/traces');
});
