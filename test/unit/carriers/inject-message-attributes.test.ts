import { propagation, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { afterEach, expect, test } from 'vitest';
import { DatadogPropagator, injectMessageAttributes } from '../../../src/index.ts';
import { deepFrozen, ownAttributes } from '../../integration/fixtures/messages.mjs';

const ACTIVE = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: '6b0305aa12345678f0e1d2c3b4a59687',
  spanId: 'fedcba9876543210',
  traceFlags: TraceFlags.SAMPLED,
});
const OPTIONS = { context: ACTIVE, env: {} };

afterEach(() => {
  propagation.disable();
});

test.each([
  [0, ['_datadog', 'traceparent', 'tracestate']],
  [8, ['_datadog', 'traceparent']],
  [9, ['_datadog']],
  [10, []],
])('%i own attributes get %j', (count, names) => {
  const own = deepFrozen(ownAttributes(count));
  const attributes = injectMessageAttributes(own, OPTIONS);
  expect(attributes).not.toBe(own);
  expect(attributes).toMatchObject(own);
  expect(Object.keys(attributes)).toEqual([...Object.keys(own), ...names]);
});

test('_datadog is a String for SQS, and for SNS what the option or the environment says', () => {
  const typeFor = (options: object) =>
    injectMessageAttributes(undefined, { ...OPTIONS, ...options })._datadog?.DataType;
  expect(typeFor({})).toBe('String');
  expect(typeFor({ service: 'sns' })).toBe('Binary');
  expect(typeFor({ service: 'sns', snsDataType: 'String' })).toBe('String');
  expect(typeFor({ service: 'sns', env: { OTEL_DATADOG_SNS_DATA_TYPE: 'String' } })).toBe('String');
  expect(() => typeFor({ service: 'kinesis' })).toThrow(TypeError);
  expect(() => typeFor({ service: 'sns', snsDataType: 'Number' })).toThrow(TypeError);
});

test('without a context it is a copy', () => {
  const own = ownAttributes(2);
  const attributes = injectMessageAttributes(own, { env: {}, context: ROOT_CONTEXT });
  expect(attributes).toEqual(own);
  expect(attributes).not.toBe(own);
  expect(injectMessageAttributes(undefined, { env: {}, context: ROOT_CONTEXT })).toEqual({});
});

test('the application’s propagator of ours is the one that writes', () => {
  propagation.setGlobalPropagator(new DatadogPropagator({ env: {}, injectStyles: ['datadog'] }));
  expect(Object.keys(injectMessageAttributes({}, OPTIONS))).toEqual(['_datadog']);
});
