import { afterEach, expect, test, vi } from 'vitest';
import { type ConsumerOptions, consumerConfiguration } from '../../../src/configuration/consumers.ts';

const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
afterEach(() => warnings.mockClear());

const inLambda = { AWS_LAMBDA_FUNCTION_NAME: 'billing' };

test.each<[options: ConsumerOptions, links: string, inferredSpans: boolean]>([
  [{ env: {} }, 'others', false],
  [{ env: inLambda }, 'others', true],
  [{ env: { ...inLambda, DD_TRACE_MANAGED_SERVICES: 'False' } }, 'others', false],
  [{ env: { DD_TRACE_MANAGED_SERVICES: '1' } }, 'others', true],
  [{ env: { DD_TRACE_MANAGED_SERVICES: '1' }, inferredSpans: false }, 'others', false],
  [{ env: { OTEL_DATADOG_LINKS: ' ONLY ' } }, 'only', false],
  [{ env: { OTEL_DATADOG_LINKS: 'only' }, links: 'others' }, 'others', false],
  [{ env: {}, links: 'only', inferredSpans: true }, 'only', true],
])('%j', (options, links, inferredSpans) => {
  expect(consumerConfiguration(options)).toMatchObject({ links, inferredSpans });
  expect(warnings).not.toHaveBeenCalled();
});

test('a bad variable is one warning, and counts for nothing', () => {
  for (let time = 0; time < 2; time += 1) {
    const env = { ...inLambda, OTEL_DATADOG_LINKS: 'none', DD_TRACE_MANAGED_SERVICES: 'maybe' };
    expect(consumerConfiguration({ env })).toMatchObject({ links: 'others', inferredSpans: true });
  }
  expect(warnings.mock.calls.map(([text]) => text)).toEqual([
    'OTEL_DATADOG_LINKS=none is none of others, only; others is used instead',
    'DD_TRACE_MANAGED_SERVICES=maybe is neither true nor false; true is used instead',
  ]);
});

test.each([{ links: 'none' }, { links: null }, { inferredSpans: 'true' }, { inferredSpans: 1 }])(
  '%j is refused',
  (options) => {
    expect(() => consumerConfiguration({ env: {}, ...(options as ConsumerOptions) })).toThrow(TypeError);
  },
);

test.each<[env: Record<string, string>, orders: string, api: string, unnamed: string]>([
  [{}, 'orders', 'domain', 'sqs'],
  [{ DD_SERVICE: 'billing' }, 'orders', 'domain', 'sqs'],
  [{ DD_SERVICE_MAPPING: 'orders:mapped, api1 : api' }, 'mapped', 'api', 'sqs'],
  [{ DD_SERVICE_MAPPING: 'lambda_sqs:queue' }, 'queue', 'domain', 'queue'],
  [{ DD_SERVICE_MAPPING: 'orders:first,lambda_sqs:queue' }, 'first', 'domain', 'queue'],
  [{ DD_SERVICE_MAPPING: 'orders,orders:,:x,a:b:c,orders:orders' }, 'orders', 'domain', 'sqs'],
  [{ DD_TRACE_AWS_SERVICE_REPRESENTATION_ENABLED: '0' }, 'sqs', 'domain', 'sqs'],
  [{ DD_TRACE_REMOVE_INTEGRATION_SERVICE_NAMES_ENABLED: '1' }, 'orders', 'domain', 'sqs'],
  [{ DD_TRACE_REMOVE_INTEGRATION_SERVICE_NAMES_ENABLED: '1', DD_SERVICE: 'billing' }, 'billing', 'billing', 'billing'],
])('%j names the services', (env, orders, api, unnamed) => {
  const { naming } = consumerConfiguration({ env });
  expect([
    naming.serviceOf('orders', 'orders', 'lambda_sqs', 'sqs'),
    naming.serviceOf('domain', 'api1', 'lambda_api_gateway', 'domain'),
    naming.serviceOf(' ', '', 'lambda_sqs', 'sqs'),
  ]).toEqual([orders, api, unnamed]);
  expect(naming.own).toBe(env.DD_SERVICE);
});
