import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { REGISTER, runNode } from './run-node.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const ENVIRONMENT = { OTEL_TRACES_EXPORTER: 'none', AWS_EC2_METADATA_DISABLED: 'true' };

async function run(fixture: string, env: Record<string, string>): Promise<string> {
  const application = runNode(['--require', REGISTER, join(FIXTURES, fixture)], { env: { ...ENVIRONMENT, ...env } });
  expect(await application.end, application.stderr).toBe(0);
  expect(application.stderr).toBe('');
  return application.stdout;
}

const ALL = {
  SQSClient: true,
  SNSClient: true,
  LambdaClient: true,
  KinesisClient: true,
  EventBridgeClient: true,
  SFNClient: true,
};

test.each<[env: Record<string, string>, expected: Partial<typeof ALL> | Record<string, boolean>]>([
  [{}, ALL],
  [
    { OTEL_DATADOG_BODY_CARRIERS: 'none' },
    { ...ALL, KinesisClient: false, EventBridgeClient: false, SFNClient: false },
  ],
  [{ OTEL_DATADOG_BODY_CARRIERS: 'kinesis' }, { ...ALL, EventBridgeClient: false, SFNClient: false }],
  [
    { DD_TRACE_AWS_SDK_SQS_ENABLED: 'false', OTEL_DATADOG_ENABLED_FOR: 'ord*' },
    { ...ALL, SQSClient: false, EventBridgeClient: false },
  ],
])('under the preload with %j the context is on %j', async (env, expected) => {
  expect(JSON.parse(await run('aws-sends.cjs', env))).toEqual(expected);
});

test.each([
  [{}, [false, false]],
  [{ OTEL_DATADOG_API_GATEWAY_TRACE_HEADERS: 'true' }, [true, false]],
])('with %j an API Gateway and an AWS service get trace headers: %j', async (env, expected) => {
  const received: IncomingHttpHeaders[] = [];
  const server = createServer(({ headers }, response) => {
    received.push(headers);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await run('api-gateway.cjs', { ...env, SERVER: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  server.close();
  expect(received.map((headers) => 'x-datadog-trace-id' in headers)).toEqual(expected);
  expect(received.map((headers) => 'traceparent' in headers)).toEqual(expected);
});
