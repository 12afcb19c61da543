// Whose name the spans of a call have: what docs/naming.md says of dd-trace's services and of ours.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Receiver } from '../../demo/receiver.ts';
import { success } from '../peers/aws-api/answers.ts';
import { type AwsApi, startAwsApi } from '../peers/aws-api/server.ts';
import { QUIET_TRACER } from '../peers/dd-trace-js/remote-parent.ts';
import { REGISTER, ROOT, runNode } from './run-node.ts';

let receiver: Receiver;
let aws: AwsApi;
beforeAll(async () => {
  receiver = await Receiver.start();
  aws = await startAwsApi(success);
});
afterAll(() => Promise.all([receiver.close(), aws.close()]));

const SEND = `const { SendMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');
  const QueueUrl = process.env.AWS_ENDPOINT_URL + '/123456789012/orders';
  new SQSClient().send(new SendMessageCommand({ QueueUrl, MessageBody: 'b' }));`;
const DATADOG = { ...QUIET_TRACER, OTEL_TRACES_EXPORTER: 'otlp' };
const REMOVED = { DD_TRACE_REMOVE_INTEGRATION_SERVICE_NAMES_ENABLED: 'true' };

test.each<[name: string, service: string, preload: string, env: Record<string, string>]>([
  ["dd-trace's v0", 'shop-aws-sqs', 'dd-trace/init', DATADOG],
  ["dd-trace's v1", 'shop', 'dd-trace/init', { ...DATADOG, DD_TRACE_SPAN_ATTRIBUTE_SCHEMA: 'v1' }],
  ["dd-trace's v0 without them", 'shop', 'dd-trace/init', { ...DATADOG, ...REMOVED }],
  ['our v0', 'shop', REGISTER, {}],
  ['our v1', 'shop', REGISTER, { OTEL_DATADOG_OPERATION_NAMES: 'v1' }],
])('in %s a call to SQS is of %s', async (_name, service, preload, env) => {
  const spans = receiver.begin();
  const application = runNode(['--require', preload, '-e', SEND], {
    cwd: join(ROOT, 'test'),
    env: {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
      DD_SERVICE: 'shop',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.endpoint}/v1/traces`,
      ...env,
    },
  });
  expect(await application.end, application.stderr).toBe(0);
  // dd-trace says the service of each span; where there is none of its own, it is the process'.
  const call = spans.find(({ attributes }) =>
    /^aws\.(?:request|sqs\.send)$/.test(String(attributes['operation.name'])),
  );
  expect(call?.attributes['service.name'] ?? call?.service).toBe(service);
});
