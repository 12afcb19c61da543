import { type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Queues, startQueues } from '../../demo/queues.ts';
import { Receiver } from '../../demo/receiver.ts';
import { runNode } from './run-node.ts';

const FIXTURES = `${import.meta.dirname}/fixtures`;

let queues: Queues;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await Receiver.start();
  queues = await startQueues('readme');
});
afterAll(async () => {
  await queues.close();
  await receiver.close();
});

/** Runs a fixture to its end, and returns what it printed. */
async function run(file: string, env: Record<string, string>): Promise<string> {
  const quiet = { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
  const destination = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
  const application = runNode([`${FIXTURES}/${file}`], { env: { ...quiet, ...destination, ...env } });
  expect(await application.end, application.stderr).toBe(0);
  expect(application.stderr).toBe('');
  return application.stdout;
}

async function sentBy(file: string): Promise<{ message: Message; stdout: string }> {
  const stdout = await run(file, { ...queues.env, QUEUE_URL: queues.url('readme') });
  const client = queues.client();
  const QueueUrl = queues.url('readme');
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }));
  client.destroy();
  const [message] = Messages ?? [];
  if (message === undefined) throw new Error('no message came');
  return { message, stdout };
}

function contextOf({ MessageAttributes }: Message): Record<string, string> {
  return JSON.parse(MessageAttributes?._datadog?.StringValue ?? '{}');
}

test("an application's own NodeSDK: contrib writes what the propagator gives it, and spans are exported", async () => {
  const spans = receiver.begin();
  const { message } = await sentBy('node-sdk.cjs');
  expect(Object.keys(message.MessageAttributes ?? {}).sort()).toEqual(['_datadog', 'traceparent', 'tracestate']);
  expect(spans).toHaveLength(1);
  const [{ traceId, spanId, attributes } = { traceId: '', spanId: '', attributes: {} }] = spans;
  expect(contextOf(message)).toMatchObject({
    traceparent: `00-${traceId}-${spanId}-01`,
    'x-datadog-trace-id': BigInt(`0x${traceId.slice(16)}`).toString(),
    'x-datadog-parent-id': BigInt(`0x${spanId}`).toString(),
    'x-datadog-sampling-priority': '1',
    'x-datadog-tags': `_dd.p.dm=-0,_dd.p.tid=${traceId.slice(0, 16)}`,
  });
  expect(attributes).toMatchObject({ 'sampling.priority': 1, '_dd.p.tid': traceId.slice(0, 16) });
  expect(attributes).not.toHaveProperty('operation.name');
});

test('one client with the plugin, and no AWS instrumentation', async () => {
  const { message, stdout } = await sentBy('one-client.mjs');
  const [traceId, spanId] = stdout.trim().split(' ');
  expect(Object.keys(message.MessageAttributes ?? {}).sort()).toEqual(['_datadog', 'traceparent', 'tracestate']);
  expect(contextOf(message).traceparent).toBe(`00-${traceId}-${spanId}-01`);
});

test("contrib's Lambda instrumentation: the first record with a context is the parent, the others are links", async () => {
  const record = (fields: object) => ({
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:orders',
    messageAttributes: { _datadog: { dataType: 'String', stringValue: JSON.stringify(fields) } },
  });
  const datadog = (id: string) => ({
    'x-datadog-trace-id': id,
    'x-datadog-parent-id': id,
    'x-datadog-sampling-priority': '2',
  });
  const w3c = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
  const spans = receiver.begin();
  const stdout = await run('lambda.cjs', {
    LAMBDA_TASK_ROOT: FIXTURES,
    _HANDLER: 'lambda-function.handler',
    EVENT: JSON.stringify({ Records: [record({}), record(datadog('11')), record(w3c), record(datadog('13'))] }),
  });
  expect(stdout).toBe('4 records\n');
  const invocation = spans.find(({ kind }) => kind === 'SERVER');
  expect(invocation).toMatchObject({
    traceId: '0000000000000000000000000000000b',
    parentSpanId: '000000000000000b',
    attributes: { 'sampling.priority': 2 },
    links: [
      { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' },
      { traceId: '0000000000000000000000000000000d', spanId: '000000000000000d' },
    ],
  });
});
