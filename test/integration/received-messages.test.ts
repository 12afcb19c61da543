import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Queues, startQueues } from '../../demo/queues.ts';
import { eventBridgeEvent } from '../unit/deliveries.ts';
import { REGISTER, runNode } from './run-node.ts';

let queues: Queues;

beforeAll(async () => {
  queues = await startQueues('received-20', 'received-24');
});
afterAll(() => queues.close());

const FIELDS = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '3209366751158030393',
  'x-datadog-sampling-priority': '1',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000',
};

test.each(['20', '24'])(
  'on Node %s the preload takes the context off messages, and the root export finds it, which is another copy',
  async (major) => {
    const application = runNode(['--require', REGISTER, `${import.meta.dirname}/fixtures/received.cjs`], {
      major,
      env: {
        ...queues.env,
        QUEUE_URL: queues.url(`received-${major}`),
        EVENT: eventBridgeEvent(`{"id":12345678901234567890, "_datadog":${JSON.stringify(FIELDS)}}`),
        OTEL_DATADOG_HIDE_ATTRIBUTES: 'true',
        OTEL_DATADOG_STRIP_INJECTED_CONTEXT: 'true',
        OTEL_TRACES_EXPORTER: 'none',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
    });
    expect(await application.end, application.stderr).toBe(0);
    expect(application.stderr).toBe('');
    const { traceId, received } = JSON.parse(application.stdout);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    const message = { body: 'body', isIntact: true, attributes: ['kind'], traceId };
    expect(received).toEqual([
      message,
      { ...message, attributes: [] },
      message,
      { ...message, attributes: ['_datadog', 'kind'] },
      {
        body: eventBridgeEvent('{"id":12345678901234567890}'),
        isIntact: true,
        attributes: [],
        traceId: '6b0305aa00000000079f1ce5c3953e3c',
      },
    ]);
  },
);
