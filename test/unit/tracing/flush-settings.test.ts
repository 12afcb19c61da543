import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { flushTimeout, flushUntil } from '../../../src/tracing/flush-settings.ts';

const URL = 'http://localhost:4318/v1/traces';

beforeEach(() => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

test.each([
  ['http://localhost:4318/v1/traces', {}, 300],
  ['http://127.0.0.1:4318/v1/traces', {}, 300],
  ['http://[::1]:4318/v1/traces', {}, 300],
  ['https://collector.example/v1/traces', {}, 1500],
  ['https://localhost.example/v1/traces', {}, 1500],
  ['https://collector.example/v1/traces', { OTEL_DATADOG_FLUSH_TIMEOUT: '50' }, 50],
  ['http://localhost:4318/v1/traces', { OTEL_DATADOG_FLUSH_TIMEOUT: '0' }, 300],
])("to %s with %j a function's flush may wait %i ms", (url, env, expected) => {
  expect(flushTimeout({ url, encoding: 'http/json' }, env)).toBe(expected);
});

test.each([
  [{}, 'answered', 0],
  [{ OTEL_DATADOG_FLUSH_UNTIL: 'sent' }, 'sent', 0],
  [{ OTEL_DATADOG_FLUSH_UNTIL: 'answered' }, 'answered', 0],
  [{ OTEL_DATADOG_FLUSH_UNTIL: 'soon' }, 'answered', 1],
] as const)(
  "where Datadog's extension is not, a function's flush with %j waits until all is %s",
  (env, expected, warnings) => {
    expect(flushUntil({ url: URL, encoding: 'http/json' }, env)).toBe(expected);
    expect(process.emitWarning).toHaveBeenCalledTimes(warnings);
  },
);
