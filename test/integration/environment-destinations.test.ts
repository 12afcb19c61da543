import { afterAll, beforeAll, expect, test } from 'vitest';
import { Receiver } from '../../demo/receiver.ts';
import { REGISTER, ROOT, runNode } from './run-node.ts';

const REGISTER_PROPAGATION = `${ROOT}/dist/register-propagation.js`;
const FIXTURES = `${import.meta.dirname}/fixtures`;

let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.start();
});
afterAll(() => receiver.close());

const ALL = ['traceparent', 'x-datadog-trace-id', 'baggage'];
const TRACE = ['traceparent', 'x-datadog-trace-id'];
const ways = (headers: string[], names = ['http', 'options', 'https', 'fetch']) =>
  Object.fromEntries(names.map((name) => [name, headers]));

type Case = [env: Record<string, string>, byAddress: string[], byName: string[]];

test.each<Case>([
  [{}, ALL, ALL],
  [{ OTEL_DATADOG_PROPAGATE_TO: 'local*' }, [], ALL],
  [{ OTEL_DATADOG_PROPAGATE_TO: '127.0.0.?' }, ALL, []],
  [{ OTEL_DATADOG_PROPAGATE_TO: '!LOCALHOST' }, ALL, []],
  [{ OTEL_DATADOG_PROPAGATE_TO: '*, !127.*' }, [], ALL],
  [{ OTEL_DATADOG_BAGGAGE_TO: 'localhost' }, TRACE, ALL],
  [{ OTEL_DATADOG_PROPAGATE_TO: '127.0.0.1', OTEL_DATADOG_BAGGAGE_TO: 'localhost' }, TRACE, []],
  // Of a dropped trace that is not recorded, nor of attributes that are cut, nobody else would know the host.
  [
    {
      OTEL_DATADOG_PROPAGATE_TO: '!localhost',
      OTEL_DATADOG_BAGGAGE_TO: '!127.0.0.1',
      DD_TRACE_SAMPLE_RATE: '0',
      OTEL_DATADOG_RECORD_UNSAMPLED: 'false',
    },
    TRACE,
    [],
  ],
  [{ OTEL_DATADOG_PROPAGATE_TO: '!localhost', OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '4' }, ALL, []],
])('under /register with %j 127.0.0.1 gets %j and localhost %j', async (env, byAddress, byName) => {
  const spans = receiver.begin();
  const application = runNode(['--require', REGISTER, `${FIXTURES}/destinations.cjs`], {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...env },
  });
  expect(await application.end, application.stderr).toBe(0);
  expect(JSON.parse(application.stdout)).toEqual({ '127.0.0.1': ways(byAddress), localhost: ways(byName) });
  expect(application.stderr).toBe('');
  const clients = env.DD_TRACE_SAMPLE_RATE === '0' ? 0 : 8;
  expect(spans.filter(({ kind }) => kind === 'CLIENT')).toHaveLength(clients);
});

// A dropped trace that its sampler does not record says nothing of where its requests go: its decision goes on, its baggage does not.
test.each<Case>([
  [{}, ALL, ALL],
  [{ OTEL_DATADOG_PROPAGATE_TO: 'localhost' }, [], ALL],
  [{ OTEL_DATADOG_BAGGAGE_TO: '!localhost' }, ALL, TRACE],
  [{ OTEL_DATADOG_PROPAGATE_TO: 'localhost', OTEL_TRACES_SAMPLER: 'always_off' }, TRACE, TRACE],
])('beside an SDK of its own with %j 127.0.0.1 gets %j and localhost %j', async (env, byAddress, byName) => {
  const exporters = { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
  const application = runNode(['--require', REGISTER_PROPAGATION, `${FIXTURES}/own-sdk.cjs`], {
    env: { APPLICATION: 'destinations.cjs', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...exporters, ...env },
  });
  expect(await application.end, application.stderr).toBe(0);
  expect(JSON.parse(application.stdout)).toEqual({ '127.0.0.1': ways(byAddress), localhost: ways(byName) });
  expect(application.stderr).toBe('');
});

test.each(['20', '24'])('a redirect to another host takes no context there (Node %s)', async (major) => {
  const application = runNode(['--require', REGISTER, `${FIXTURES}/redirect.cjs`], {
    major,
    env: { OTEL_TRACES_EXPORTER: 'none', OTEL_DATADOG_PROPAGATE_TO: 'localhost' },
  });
  expect(await application.end, application.stderr).toBe(0);
  expect(application.stdout).toBe('localhost true\n127.0.0.1 false\n');
});
