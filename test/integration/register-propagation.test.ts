import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Receiver } from '../../demo/receiver.ts';
import type { Span } from '../../demo/span.ts';
import { FROM_DATADOG as DATADOG, TRACE_ID } from '../unit/from-datadog.ts';
import { ROOT, type Run, runNode } from './run-node.ts';

const PRELOAD = join(ROOT, 'dist/register-propagation.js');
const FIXTURES = `${import.meta.dirname}/fixtures`;

let receiver: Receiver;
let spans: readonly Span[];
beforeAll(async () => {
  receiver = await Receiver.start();
});
afterAll(() => receiver.close());

function run(args: string[], env: Record<string, string> = {}, major = '24'): Run {
  spans = receiver.begin();
  const exporters = { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_BSP_SCHEDULE_DELAY: '50' };
  return runNode(args, { major, env: { ...exporters, ...endpoint, ...env } });
}

async function answerOf(application: Run, headers: Record<string, string>): Promise<Record<string, string>[]> {
  const url = await application.printed(/http:\S+/);
  const answer = await (await fetch(`${url}/front`, { headers })).json();
  return Object.values(answer as Record<string, Record<string, string>>);
}

const OWN_SDK = `${FIXTURES}/own-sdk.cjs`;
const ORDERS: [string, string[]][] = [
  ['before the SDK', ['--require', PRELOAD, OWN_SDK]],
  ['after the SDK', ['--require', `${FIXTURES}/node-sdk-start.cjs`, '--require', PRELOAD, `${FIXTURES}/server.cjs`]],
  ['by --import', ['--import', PRELOAD, OWN_SDK]],
];

describe.each(['20', '24'])('on Node %s', (major) => {
  test.each(ORDERS)('an SDK of the application speaks Datadog too: %s', async (_order, args) => {
    const application = run(args, { APPLICATION: 'server.cjs', OTEL_SERVICE_NAME: 'shop' }, major);
    const all = await answerOf(application, { ...DATADOG, baggage: 'team=a' });
    expect(all).toHaveLength(2);
    for (const { traceparent = '', ...headers } of all) {
      const [, traceId, spanId, flags] = traceparent.split('-');
      expect([traceId, flags]).toEqual([TRACE_ID, '01']);
      expect(headers).toMatchObject({
        ...DATADOG,
        'x-datadog-parent-id': BigInt(`0x${spanId}`).toString(),
        tracestate: `dd=s:2;o:synthetics;p:${spanId};t.tid:6b0305aa00000000;t.dm:-4`,
        baggage: 'team=a',
      });
    }
    // Its own, and its own names.
    await expect.poll(() => spans.map(({ name }) => name).sort()).toEqual(['GET', 'GET', 'GET', 'GET', 'GET']);
    expect(spans.every(({ service, traceId }) => service === 'shop' && traceId === TRACE_ID)).toBe(true);
    expect(spans.some(({ attributes }) => 'operation.name' in attributes)).toBe(false);
    application.child.kill('SIGKILL');
    await application.end;
    expect(application.stderr).toBe('');
  });
});

test('W3C wins where both name a trace', async () => {
  const application = run(['--require', PRELOAD, OWN_SDK], { APPLICATION: 'server.cjs' });
  const traceparent = '00-11111111111111112222222222222222-00f067aa0ba902b7-01';
  for (const headers of await answerOf(application, { ...DATADOG, traceparent })) {
    expect(headers['x-datadog-trace-id']).toBe(BigInt('0x2222222222222222').toString());
  }
  application.child.kill('SIGKILL');
  await application.end;
});

const BODIES = ['KinesisClient', 'EventBridgeClient', 'SFNClient'];
const ATTRIBUTES = ['SQSClient', 'SNSClient', 'LambdaClient'];

test.each([
  [{}, ATTRIBUTES],
  [{ OTEL_DATADOG_BODY_CARRIERS: 'kinesis,eventbridge,stepfunctions' }, [...ATTRIBUTES, ...BODIES]],
])('its AWS clients write, with %j by %j', async (env, writing) => {
  const quiet = { AWS_EC2_METADATA_DISABLED: 'true' };
  const application = run(['--require', PRELOAD, OWN_SDK], { APPLICATION: 'aws-sends.cjs', ...quiet, ...env });
  expect(await application.end, application.stderr).toBe(0);
  const written: Record<string, boolean> = JSON.parse(application.stdout);
  expect(Object.keys(written).filter((client) => written[client])).toEqual(writing);
});

test('without an SDK nothing happens', async () => {
  const application = run(['--require', PRELOAD, `${FIXTURES}/server.cjs`]);
  const [headers = {}] = await answerOf(application, DATADOG);
  expect(Object.keys(headers)).not.toContain('traceparent');
  application.child.kill('SIGTERM');
  expect(await application.end).toBe('SIGTERM');
  expect(application.stderr).toBe('');
});

test.each([{ DD_TRACE_ENABLED: 'false' }, { OTEL_SDK_DISABLED: 'true' }])('%j: nothing is patched', async (env) => {
  const script = `console.log(Object.getOwnPropertySymbols(globalThis).map(String).includes('Symbol(opentelemetry.js.api.1)'))`;
  const application = run(['--require', PRELOAD, '-e', script], env);
  expect(await application.end).toBe(0);
  expect(application.stdout).toBe('false\n');
});
