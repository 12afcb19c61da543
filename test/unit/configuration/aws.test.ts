import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type AwsSdkPluginOptions, awsConfiguration } from '../../../src/configuration/aws.ts';

let warnings: string[];

beforeEach(() => {
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((text) => void warnings.push(String(text)));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const ALL = ['sqs', 'sns', 'lambda', 'kinesis', 'eventbridge', 'stepfunctions'];
const settingsOf = (env: Record<string, string>, options: AwsSdkPluginOptions = {}) =>
  awsConfiguration({ env, ...options });

test('the defaults', () => {
  const settings = settingsOf({});
  expect(settings).toMatchObject({
    snsDataType: 'Binary',
    awsTraceHeader: false,
    enabledFor: undefined,
    clientContextDatadog: false,
    namedExecutions: false,
    hideAttributes: false,
    stripInjectedContext: false,
  });
  expect([...settings.bodyCarriers]).toEqual([]);
  expect([...settings.services]).toEqual(ALL);
  expect([...settings.batchPropagation]).toEqual(ALL);
  expect(Object.isFrozen(settings)).toBe(true);
  expect(warnings).toEqual([]);
});

test.each([
  ['awsTraceHeader', 'OTEL_DATADOG_AWS_TRACE_HEADER'],
  ['clientContextDatadog', 'OTEL_DATADOG_CLIENT_CONTEXT_DATADOG'],
  ['namedExecutions', 'OTEL_DATADOG_NAMED_EXECUTIONS'],
  ['hideAttributes', 'OTEL_DATADOG_HIDE_ATTRIBUTES'],
  ['stripInjectedContext', 'OTEL_DATADOG_STRIP_INJECTED_CONTEXT'],
] as const)('%s is the option, else %s', (option, variable) => {
  expect(settingsOf({ [variable]: ' TRUE ' })[option]).toBe(true);
  expect(settingsOf({ [variable]: '1' })[option]).toBe(true);
  expect(settingsOf({ [variable]: 'true' }, { [option]: false })[option]).toBe(false);
  expect(settingsOf({}, { [option]: true })[option]).toBe(true);
  expect(() => settingsOf({}, { [option]: 'yes' as never })).toThrow(TypeError);
  expect(warnings).toEqual([]);
  expect(settingsOf({ [variable]: 'maybe' })[option]).toBe(false);
  expect(warnings).toEqual([expect.stringContaining(`${variable}=maybe`)]);
});

test('AWSTraceHeader is never written inside Lambda', () => {
  expect(settingsOf({ AWS_LAMBDA_FUNCTION_NAME: 'f' }, { awsTraceHeader: true }).awsTraceHeader).toBe(false);
});

describe('bodyCarriers', () => {
  const carriersOf = (...args: Parameters<typeof awsConfiguration>) => [...awsConfiguration(...args).bodyCarriers];
  const defaults = { bodyCarriers: ['kinesis', 'stepfunctions'] } as const;

  test.each([
    ['kinesis, EventBridge', ['kinesis', 'eventbridge']],
    ['none', []],
    ['none,kinesis', ['kinesis']],
    ['', ['kinesis', 'stepfunctions']],
  ])('%j in the environment is %j', (value, expected) => {
    expect(carriersOf({ env: { OTEL_DATADOG_BODY_CARRIERS: value } }, defaults)).toEqual(expected);
    expect(warnings).toEqual([]);
  });

  test('an unknown one is a warning, and the default where no other is known', () => {
    expect(carriersOf({ env: { OTEL_DATADOG_BODY_CARRIERS: 'sqs' } }, defaults)).toEqual(defaults.bodyCarriers);
    expect(warnings).toEqual([expect.stringContaining('OTEL_DATADOG_BODY_CARRIERS: sqs')]);
  });

  test('the option wins, an empty one too', () => {
    const env = { OTEL_DATADOG_BODY_CARRIERS: 'kinesis' };
    expect(carriersOf({ env, bodyCarriers: [] }, defaults)).toEqual([]);
    expect(() => carriersOf({ env, bodyCarriers: ['sqs' as never] })).toThrow(TypeError);
  });
});

describe('snsDataType', () => {
  test.each([
    ['string', 'String'],
    ['Binary', 'Binary'],
  ])('%s in the environment is %s', (value, expected) => {
    expect(settingsOf({ OTEL_DATADOG_SNS_DATA_TYPE: value }).snsDataType).toBe(expected);
  });

  test('an unknown one is a warning, and Binary', () => {
    expect(settingsOf({ OTEL_DATADOG_SNS_DATA_TYPE: 'Number' }).snsDataType).toBe('Binary');
    expect(warnings).toHaveLength(1);
    expect(() => settingsOf({}, { snsDataType: 'string' as never })).toThrow(TypeError);
  });
});

describe('switches', () => {
  const without = (...names: string[]) => ALL.filter((name) => !names.includes(name));

  test.each<[Record<string, string>, string[]]>([
    [{ DD_TRACE_AWS_SDK_ENABLED: 'false' }, []],
    [{ DD_TRACE_AWS_SDK_ENABLED: 'false', DD_TRACE_AWS_SDK_SQS_ENABLED: 'true' }, []],
    [{ DD_TRACE_AWS_SDK_SQS_ENABLED: '0' }, without('sqs')],
    [
      { DD_TRACE_AWS_SDK_LAMBDA_ENABLED: 'false', DD_TRACE_AWS_SDK_EVENTBRIDGE_ENABLED: 'false' },
      without('lambda', 'eventbridge'),
    ],
    [{ DD_TRACE_AWS_SDK_SFN_ENABLED: 'false' }, without('stepfunctions')],
    [{ DD_TRACE_AWS_SDK_STEPFUNCTIONS_ENABLED: 'false' }, without('stepfunctions')],
  ])('%j leaves %j', (env, expected) => {
    expect([...settingsOf(env).services]).toEqual(expected);
  });

  test('the option wins', () => {
    const services = { sqs: true, sns: false };
    expect([...settingsOf({ DD_TRACE_AWS_SDK_ENABLED: 'false' }, { services }).services]).toEqual(['sqs']);
    expect(() => settingsOf({}, { services: { s3: false } as never })).toThrow(TypeError);
  });

  test.each<[Record<string, string>, string[]]>([
    [{ DD_TRACE_AWS_SDK_BATCH_PROPAGATION_ENABLED: 'false' }, []],
    [
      { DD_TRACE_AWS_SDK_BATCH_PROPAGATION_ENABLED: 'false', DD_TRACE_AWS_SDK_SQS_BATCH_PROPAGATION_ENABLED: 'true' },
      ['sqs'],
    ],
    [{ DD_TRACE_AWS_SDK_KINESIS_BATCH_PROPAGATION_ENABLED: 'false' }, without('kinesis')],
  ])('%j writes on every entry for %j', (env, expected) => {
    expect([...settingsOf(env).batchPropagation]).toEqual(expected);
  });

  test('the option for batches is for all services', () => {
    const env = { DD_TRACE_AWS_SDK_SQS_BATCH_PROPAGATION_ENABLED: 'true' };
    expect([...settingsOf(env, { batchPropagation: false }).batchPropagation]).toEqual([]);
  });
});

test('enabledFor is a list of globs', () => {
  const { enabledFor } = settingsOf({ OTEL_DATADOG_ENABLED_FOR: 'orders, billing-*' });
  expect(['orders', 'billing-eu', 'shipping'].map((name) => enabledFor?.(name))).toEqual([true, true, false]);
  expect(settingsOf({}, { enabledFor: [] }).enabledFor?.('orders')).toBe(false);
  expect(() => settingsOf({}, { enabledFor: [/orders/ as never] })).toThrow(TypeError);
});
