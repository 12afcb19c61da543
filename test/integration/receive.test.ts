import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Queues, startQueues } from '../../demo/queues.ts';
import { REGISTER, runNode } from './run-node.ts';

let queues: Queues;

beforeAll(async () => {
  queues = await startQueues('receive');
});
afterAll(() => queues.close());

test.each(['20', '24'])(
  "under the preload on Node %s a caller's inputs stay as they are, frozen or not",
  async (major) => {
    const QUEUE_URL = queues.url('receive');
    const application = runNode(['--require', REGISTER, `${import.meta.dirname}/fixtures/receive.cjs`], {
      major,
      env: {
        ...queues.env,
        QUEUE_URL,
        OTEL_TRACES_EXPORTER: 'none',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
    });
    expect(await application.end, application.stderr).toBe(0);
    const input = { QueueUrl: QUEUE_URL, VisibilityTimeout: 0 };
    const message = ['body', '_datadog,traceparent,tracestate'];
    const received = JSON.parse(application.stdout);
    expect(received.filter((each: unknown) => !Array.isArray(each))).toEqual([
      { input, command: input },
      { input, command: input },
      // JSON shows nothing that is inherited.
      { input: {}, command: {} },
    ]);
    for (const messages of received.filter(Array.isArray)) expect(messages[0]).toEqual(message);
  },
);

test('a message for SNS is published, its input unchanged, frozen or not', async () => {
  const application = runNode(['--require', REGISTER, `${import.meta.dirname}/fixtures/publish.cjs`], {
    env: { ...queues.env, AWS_ENDPOINT_URL_SNS: queues.env.AWS_ENDPOINT_URL_SQS ?? '', OTEL_TRACES_EXPORTER: 'none' },
  });
  expect(await application.end, application.stderr).toBe(0);
  expect(application.stdout).toBe('true true\ntrue true\n');
  expect(application.stderr).toBe('');
});
