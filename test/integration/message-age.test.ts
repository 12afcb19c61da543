// A plain loop of ReceiveMessage: how old its messages are, and how long they were in the queue.
import { type Message, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Queues, startQueues } from '../../demo/queues.ts';
import { type AwsSdkPluginOptions, awsSdkPlugin, withMessageContext } from '../../src/index.ts';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
let queues: Queues;

beforeAll(async () => {
  provider.register();
  queues = await startQueues('orders');
});
afterAll(async () => {
  await queues.close();
  await provider.shutdown();
});

test.each<[options: AwsSdkPluginOptions, shown: string[]]>([
  [{}, ['SentTimestamp']],
  [{ hideAttributes: true }, []],
])('with %o the plugin asks for when a message was sent, and shows %j', async (options, shown) => {
  const client = queues.client();
  client.middlewareStack.use(awsSdkPlugin({ ...options, env: {} }));
  const QueueUrl = queues.url('orders');
  const before = Date.now();
  const sender = await trace.getTracer('test').startActiveSpan('send', async (span) => {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
    span.end();
    return span.spanContext().spanId;
  });
  const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
  client.destroy();
  const [message] = Messages as [Message];
  expect(Object.keys(message.Attributes ?? {})).toEqual(shown);

  exporter.reset();
  withMessageContext(message, () => {}, { destination: 'orders', inferredSpans: true, env: {} });
  const [queue, work] = exporter.getFinishedSpans();
  expect([queue?.name, queue?.parentSpanContext?.spanId]).toEqual(['aws.sqs', sender]);
  expect([work?.name, work?.parentSpanContext?.spanId]).toEqual(['process orders', queue?.spanContext().spanId]);
  const age = work?.attributes['messaging.message.age_ms'];
  expect(age).toBeGreaterThanOrEqual(0);
  expect(age).toBeLessThanOrEqual(Date.now() - before);
});
