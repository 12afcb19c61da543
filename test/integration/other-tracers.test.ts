import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Receiver } from '../../demo/receiver.ts';
import type { Span } from '../../demo/span.ts';
import { REGISTER, ROOT, type Run, runNode } from './run-node.ts';

const FIXTURES = `${import.meta.dirname}/fixtures`;
const PROPAGATION = join(ROOT, 'dist/register-propagation.js');
const SDK = `${FIXTURES}/node-sdk-start.cjs`;
const DATADOG = 'dd-trace/init';
const SERVER = `${FIXTURES}/server.cjs`;

let receiver: Receiver;
let spans: readonly Span[];
beforeAll(async () => {
  receiver = await Receiver.start();
});
afterAll(() => receiver.close());

function run(preloads: string[], file: string, env: Record<string, string> = {}): Run {
  spans = receiver.begin();
  return runNode([...preloads.flatMap((preload) => ['--require', preload]), file], {
    cwd: join(ROOT, 'test'),
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      DD_TRACE_STARTUP_LOGS: 'false',
      DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
      DD_REMOTE_CONFIGURATION_ENABLED: 'false',
      DD_CRASHTRACKING_ENABLED: 'false',
      DD_TRACE_AGENT_URL: 'http://127.0.0.1:1',
      ...env,
    },
  });
}

/** Asks the server twice, and gives what of ours it has complained of, when as many spans have arrived at least. */
async function complaints(application: Run, minSpans = 0): Promise<string[]> {
  const url = await application.printed(/http:\S+/);
  for (let request = 0; request < 2; request += 1) expect((await fetch(`${url}/front`)).status).toBe(200);
  await expect
    .poll(() => application.stderr.split('\n').some((line) => line.includes('otel-datadog-bridge: ')))
    .toBe(true);
  await expect.poll(() => spans.length).toBeGreaterThanOrEqual(minSpans);
  application.child.kill('SIGKILL');
  await application.end;
  return application.stderr.split('\n').filter((line) => line.includes('otel-datadog-bridge: '));
}

test("an SDK of the application's own that starts after /register is told of", async () => {
  const [line = '', ...others] = await complaints(
    run([REGISTER], `${FIXTURES}/own-sdk.cjs`, { APPLICATION: 'server.cjs' }),
  );
  expect(line).toContain('starts an OpenTelemetry SDK of its own');
  expect(line).toContain('preload otel-datadog-bridge/register-propagation instead');
  expect(others).toEqual([]);
});

test('one that has started before keeps its spans', async () => {
  const [line = '', ...others] = await complaints(run([SDK, REGISTER], SERVER), 1);
  expect(line).toContain('tracing did not start: the application has started an OpenTelemetry SDK of its own already');
  expect(others).toEqual([]);
});

test('dd-trace that runs already stays the only tracer', async () => {
  const [line = '', ...others] = await complaints(run([DATADOG, REGISTER], SERVER));
  expect(line).toContain('tracing did not start: dd-trace runs in this process already');
  expect(others).toEqual([]);
  expect(spans).toEqual([]);
});

test.each([
  ['after /register', [REGISTER, DATADOG]],
  ['after /register-propagation', [PROPAGATION, DATADOG]],
  ['before /register-propagation', [DATADOG, PROPAGATION]],
])('dd-trace %s is told of', async (_order, preloads) => {
  const [line = '', ...others] = await complaints(run(preloads, SERVER));
  expect(line).toContain('dd-trace traces this process too');
  expect(others).toEqual([]);
});

test('a logger, metrics and a propagator of the application are no second SDK', async () => {
  const script = `
    const { diag, DiagConsoleLogger, propagation, trace } = require('@opentelemetry/api');
    diag.setLogger(new DiagConsoleLogger(), { suppressOverrideMessage: true });
    trace.getTracer('shop').startSpan('checkout').end();
    require('${SERVER}');`;
  const application = runNode(['--require', REGISTER, '-e', script], {
    cwd: join(ROOT, 'test'),
    env: { OTEL_TRACES_EXPORTER: 'none' },
  });
  const url = await application.printed(/http:\S+/);
  expect((await fetch(`${url}/front`)).status).toBe(200);
  application.child.kill('SIGKILL');
  await application.end;
  expect(application.stderr).not.toContain('otel-datadog-bridge');
});
