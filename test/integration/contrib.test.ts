import { createRequire } from 'node:module';
import type * as LambdaSdk from '@aws-sdk/client-lambda';
import type * as SnsSdk from '@aws-sdk/client-sns';
import type * as SqsSdk from '@aws-sdk/client-sqs';
import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';
import { context, propagation, type Span, SpanKind, type TextMapPropagator, trace } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { AwsInstrumentation, type AwsSdkInstrumentationConfig } from '@opentelemetry/instrumentation-aws-sdk';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { awsInstrumentationConfig, awsSdkPlugin, DatadogPropagator } from '../../src/index.ts';
import { type Fauxqs, startFauxqs } from '../peers/fauxqs/fauxqs.ts';
import { deepFrozen, ownAttributes } from './fixtures/messages.mjs';

const COUNTS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

// Contrib patches what is loaded after it.
const instrumentation = new AwsInstrumentation();
const load = createRequire(import.meta.url);
const {
  SQSClient,
  CreateQueueCommand,
  DeleteMessageCommand,
  SendMessageCommand,
  SendMessageBatchCommand,
  ReceiveMessageCommand,
} = load('@aws-sdk/client-sqs') as typeof SqsSdk;
const { SNSClient, CreateTopicCommand, PublishCommand, SubscribeCommand } = load(
  '@aws-sdk/client-sns',
) as typeof SnsSdk;
const { LambdaClient, InvokeCommand } = load('@aws-sdk/client-lambda') as typeof LambdaSdk;

type Attributes = Record<string, MessageAttributeValue>;

const OPENTELEMETRY = new CompositePropagator({
  propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
});

let fauxqs: Fauxqs;
let sqs: SqsSdk.SQSClient;
let sns: SnsSdk.SNSClient;
const spans = new InMemorySpanExporter();

beforeAll(async () => {
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).register({ propagator: null });
  instrumentation.setTracerProvider(trace.getTracerProvider());
  fauxqs = await startFauxqs();
  sqs = new SQSClient(fauxqs.clientConfig);
  sns = new SNSClient(fauxqs.clientConfig);
});

afterAll(async () => {
  sqs.destroy();
  sns.destroy();
  await fauxqs.close();
});

beforeEach(() => {
  instrumentation.setConfig({});
  propagation.disable();
  propagation.setGlobalPropagator(new DatadogPropagator({ env: {} }));
  spans.reset();
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function newQueue(): Promise<string> {
  const QueueName = fauxqs.newName();
  await sqs.send(new CreateQueueCommand({ QueueName }));
  return fauxqs.queueUrl(QueueName);
}

/** A topic, and a queue that gets what is published there, in SNS's envelope or raw. */
async function newTopic(raw: boolean): Promise<{ TopicArn: string; QueueUrl: string }> {
  const name = fauxqs.newName();
  const QueueUrl = await newQueue();
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: name }));
  const Endpoint = fauxqs.queueArn(QueueUrl.split('/').at(-1) ?? '');
  await sns.send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: { RawMessageDelivery: String(raw) } }),
  );
  return { TopicArn, QueueUrl };
}

async function receive(QueueUrl: string): Promise<Message[]> {
  const input = { QueueUrl, MessageAttributeNames: ['All'], MaxNumberOfMessages: 10 };
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(input));
  return Messages;
}

async function receivedAttributes(QueueUrl: string): Promise<Attributes> {
  const messages = await receive(QueueUrl);
  expect(messages).toHaveLength(1);
  return messages[0]?.MessageAttributes ?? {};
}

/** Contrib's span of the send. */
function sendSpan() {
  const found = spans.getFinishedSpans().filter(({ kind }) => kind === SpanKind.PRODUCER);
  expect(found).toHaveLength(1);
  return found[0]?.spanContext();
}

async function withPropagator<T>(propagator: TextMapPropagator, run: () => Promise<T>): Promise<T> {
  propagation.disable();
  propagation.setGlobalPropagator(propagator);
  return run();
}

describe('the propagator alone', () => {
  test.each(COUNTS)('SQS with %i own attributes carries traceparent where OpenTelemetry does', async (count) => {
    const send = async () => {
      const QueueUrl = await newQueue();
      const input = { QueueUrl, MessageBody: 'body', MessageAttributes: ownAttributes(count) };
      await sqs.send(new SendMessageCommand(input));
      return receivedAttributes(QueueUrl);
    };
    const plain = await withPropagator(OPENTELEMETRY, send);
    spans.reset();
    const ours = await withPropagator(new DatadogPropagator({ env: {} }), send);

    expect('traceparent' in ours).toBe('traceparent' in plain);
    expect(Object.keys(ours).length).toBeLessThanOrEqual(10);
    expect(ours).toMatchObject(ownAttributes(count));
    expect('_datadog' in ours).toBe('traceparent' in plain);
    if (ours._datadog === undefined) return;
    const { traceId, spanId } = sendSpan() ?? {};
    const fields = JSON.parse(ours._datadog.StringValue ?? '');
    expect(fields.traceparent).toBe(`00-${traceId}-${spanId}-01`);
    expect(fields['x-datadog-trace-id']).toBe(String(BigInt(`0x${traceId?.slice(16)}`)));
    expect(ours.traceparent?.StringValue).toBe(fields.traceparent);
  });

  test.each(COUNTS)('SNS with %i own attributes carries traceparent where OpenTelemetry does', async (count) => {
    const { TopicArn, QueueUrl } = await newTopic(true);
    const publish = async () => {
      await sns.send(new PublishCommand({ TopicArn, Message: 'body', MessageAttributes: ownAttributes(count) }));
      const [message] = await receive(QueueUrl);
      await sqs.send(
        new DeleteMessageCommand({
          QueueUrl,
          ReceiptHandle: message?.ReceiptHandle,
        }),
      );
      return message?.MessageAttributes ?? {};
    };
    const plain = await withPropagator(OPENTELEMETRY, publish);
    const ours = await withPropagator(new DatadogPropagator({ env: {} }), publish);

    expect('traceparent' in ours).toBe('traceparent' in plain);
    expect(Object.keys(ours).length).toBeLessThanOrEqual(10);
    expect(ours).toMatchObject(ownAttributes(count));
    if (!('traceparent' in plain)) return;
    // A filter policy breaks on a String of JSON.
    expect(ours._datadog?.DataType).toBe('Binary');
    const fields = JSON.parse(Buffer.from(ours._datadog?.BinaryValue ?? []).toString());
    expect(fields.traceparent).toBe(ours.traceparent?.StringValue);
    expect(ours.traceparent?.DataType).toBe('String');
  });
});

describe('awsInstrumentationConfig', () => {
  const plugin = awsSdkPlugin({ env: {} });

  function pluggedSqs() {
    const client = new SQSClient(fauxqs.clientConfig);
    client.middlewareStack.use(plugin);
    return client;
  }

  test('the plugin is the only writer: a frozen message with eight own attributes carries the span of the send', async () => {
    instrumentation.setConfig(awsInstrumentationConfig());
    const client = pluggedSqs();
    const QueueUrl = await newQueue();
    const inject = vi.spyOn(DatadogPropagator.prototype, 'inject');
    const input = deepFrozen({ QueueUrl, MessageBody: 'body', MessageAttributes: ownAttributes(8) });
    await client.send(new SendMessageCommand(input));
    const attributes = await receivedAttributes(QueueUrl);
    expect(Object.keys(attributes).sort()).toEqual(
      [...Object.keys(ownAttributes(8)), '_datadog', 'traceparent'].sort(),
    );
    const { traceId, spanId } = sendSpan() ?? {};
    expect(attributes.traceparent?.StringValue).toBe(`00-${traceId}-${spanId}-01`);
    // One into the message, one that contrib makes for the decoy and that writes nothing.
    expect(inject.mock.calls.filter(([, carrier]) => Object.keys(carrier as object).length > 0)).toHaveLength(1);
    client.destroy();
  });

  test('a batch, SNS and Lambda are left to the plugin too', async () => {
    instrumentation.setConfig(awsInstrumentationConfig());
    const client = pluggedSqs();
    const topics = new SNSClient(fauxqs.clientConfig);
    topics.middlewareStack.use(plugin);
    const QueueUrl = await newQueue();
    const Entries = [0, 9, 10].map((count, index) => ({
      Id: String(index),
      MessageBody: 'body',
      MessageAttributes: ownAttributes(count),
    }));
    await client.send(new SendMessageBatchCommand(deepFrozen({ QueueUrl, Entries })));
    const counts = (await receive(QueueUrl)).map(
      ({ MessageAttributes }) => Object.keys(MessageAttributes ?? {}).length,
    );
    expect(counts.sort()).toEqual([10, 10, 3]);

    const { TopicArn, QueueUrl: behindTopic } = await newTopic(true);
    await topics.send(new PublishCommand(deepFrozen({ TopicArn, Message: 'm', MessageAttributes: ownAttributes(8) })));
    const published = await receivedAttributes(behindTopic);
    expect(published._datadog?.DataType).toBe('Binary');
    expect(Object.keys(published)).toHaveLength(10);

    const invoked: unknown[] = [];
    const lambda = new LambdaClient({
      ...fauxqs.clientConfig,
      requestHandler: {
        handle: async (request: { headers: Record<string, string> }) => {
          invoked.push(request.headers['x-amz-client-context']);
          return { response: { statusCode: 200, headers: {}, body: new Uint8Array() } };
        },
      } as never,
    });
    lambda.middlewareStack.use(plugin);
    await lambda.send(new InvokeCommand(deepFrozen({ FunctionName: 'f' }))).catch(() => undefined);
    const [clientContext = ''] = invoked as string[];
    expect(Object.keys(JSON.parse(Buffer.from(clientContext, 'base64').toString()).custom)).toContain(
      'x-datadog-trace-id',
    );
    client.destroy();
    topics.destroy();
  });

  test("the user's hooks run as before, on the real input", async () => {
    const seen: unknown[] = [];
    const config: AwsSdkInstrumentationConfig = {
      suppressInternalInstrumentation: true,
      preRequestHook: (span: Span, { request }) => {
        span.setAttribute('mine', 1);
        // biome-ignore lint/complexity/useLiteralKeys: it has an index signature.
        seen.push(request.commandInput['MessageBody']);
        request.commandInput.MessageBody = 'changed';
      },
      // biome-ignore lint/complexity/useLiteralKeys: as above.
      responseHook: (_span, { response }) => void seen.push(response.request.commandInput['MessageBody']),
    };
    const chained: AwsSdkInstrumentationConfig = awsInstrumentationConfig(config);
    expect(chained.suppressInternalInstrumentation).toBe(true);
    instrumentation.setConfig(chained);
    const client = pluggedSqs();
    const QueueUrl = await newQueue();
    seen.length = 0;
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'body' }));
    expect(seen).toEqual(['body', 'changed']);
    const [span] = spans.getFinishedSpans().filter(({ kind }) => kind === SpanKind.PRODUCER);
    expect(span?.attributes.mine).toBe(1);
    seen.length = 0;
    const [message] = await receive(QueueUrl);
    expect(message?.Body).toBe('changed');
    expect(message?.MessageAttributes).toHaveProperty('_datadog');
    client.destroy();
  });

  test('a hook that throws is contrib’s business, and the message carries its context', async () => {
    const config: AwsSdkInstrumentationConfig = {
      preRequestHook: () => {
        throw new Error('mine');
      },
    };
    instrumentation.setConfig(awsInstrumentationConfig(config));
    const client = pluggedSqs();
    const QueueUrl = await newQueue();
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'body', MessageAttributes: ownAttributes(9) }));
    expect(await receivedAttributes(QueueUrl)).toHaveProperty('_datadog');
    client.destroy();
  });

  test('a send that no plugin has seen is one warning that names the missing line', async () => {
    instrumentation.setConfig(awsInstrumentationConfig());
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const client = pluggedSqs();
    const QueueUrl = await newQueue();
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'body' }));
    expect(emitWarning).not.toHaveBeenCalled();
    for (const MessageBody of ['one', 'two']) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    expect(emitWarning.mock.calls.map(([text]) => text)).toEqual([
      expect.stringContaining('client.middlewareStack.use(awsSdkPlugin())'),
    ]);
    client.destroy();
  });

  test('a plugin without a context manager is seen by the input', async () => {
    context.disable();
    instrumentation.setConfig(awsInstrumentationConfig());
    const client = pluggedSqs();
    const QueueUrl = await newQueue();
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'body' }));
    expect(emitWarning).not.toHaveBeenCalled();
    client.destroy();
  });
});
