import { join } from 'node:path';
import {
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { awsSdkPlugin, extractMessageContext } from '../../src/index.ts';
import { type ElasticMq, missingToolchain, startElasticMq } from '../peers/elasticmq/elasticmq.ts';
import { SqsProtocol, type WireAttribute, type WireMessage } from '../peers/sqs-protocol.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { type Attributes, deepFrozen, ownAttributes } from './fixtures/messages.mjs';
import { REGISTER, runNode } from './run-node.ts';

const CONTEXT_NAMES = ['_datadog', 'traceparent', 'tracestate', 'baggage'];
const COUNTS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const MAX_ATTRIBUTES = 10;

const SPAN: SpanContext = {
  traceId: '6b0305aa12345678f0e1d2c3b4a59687',
  spanId: 'fedcba9876543210',
  traceFlags: TraceFlags.SAMPLED,
};
const OTHER_SPAN: SpanContext = {
  traceId: '6b0305ab00000000079f1ce5c3953e3c',
  spanId: '00f067aa0ba902b7',
  traceFlags: TraceFlags.NONE,
};
const BAGGAGE = 'user.id=42,city=K%C3%B6ln';
/** What an earlier send left. */
const STALE: Attributes = {
  _datadog: { DataType: 'String', StringValue: '{"x-datadog-trace-id":"7","x-datadog-parent-id":"8"}' },
  traceparent: { DataType: 'String', StringValue: '00-00000000000000000000000000000007-0000000000000008-01' },
  tracestate: { DataType: 'String', StringValue: 'dd=s:2;p:0000000000000008' },
};
const STALE_BAGGAGE: Attributes = { baggage: { DataType: 'String', StringValue: 'user.id=41' } };

const PRELOAD_ENVIRONMENT = {
  OTEL_TRACES_EXPORTER: 'none',
  // The SDK's own, on Node 20, to stderr.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

describeWithToolchain('SQS producer', missingToolchain(), () => {
  let elasticMq: ElasticMq;
  let protocol: SqsProtocol;
  let sqs: SQSClient;

  beforeAll(async () => {
    elasticMq = await startElasticMq();
    protocol = new SqsProtocol(elasticMq.endpoint);
    sqs = new SQSClient(clientConfig());
    sqs.middlewareStack.use(awsSdkPlugin());
    // For its context manager.
    new NodeTracerProvider().register({ propagator: null });
  });

  afterAll(async () => {
    sqs?.destroy();
    await elasticMq?.close();
  });

  function clientConfig() {
    const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
    return { endpoint: elasticMq.endpoint, region: 'us-east-1', credentials };
  }

  async function send(active: Context, input: SendMessageCommandInput): Promise<void> {
    const before = structuredClone(input);
    await context.with(active, () => sqs.send(new SendMessageCommand(input)));
    expect(input).toEqual(before);
  }

  async function sendBatch(active: Context, input: SendMessageBatchCommandInput): Promise<void> {
    const before = structuredClone(input);
    const { Failed } = await context.with(active, () => sqs.send(new SendMessageBatchCommand(input)));
    expect(Failed ?? []).toEqual([]);
    expect(input).toEqual(before);
  }

  /** Sends the attributes under the context, and returns what arrives. */
  async function sent(active: Context, attributes: Attributes): Promise<WireMessage> {
    const QueueUrl = await protocol.createQueue();
    await send(active, { QueueUrl, MessageBody: 'body', MessageAttributes: attributes });
    return only(await protocol.receive(QueueUrl, 1));
  }

  test.each(COUNTS)('SendMessage with %i own attributes', async (count) => {
    const QueueUrl = await protocol.createQueue();
    const own = ownAttributes(count);
    const message = { QueueUrl, MessageBody: 'with "ünïcode"\n', MessageAttributes: own };
    await send(under(SPAN), message);
    expectMessage(only(await protocol.receive(QueueUrl, 1)), message.MessageBody, own, fieldsOf(SPAN));
    await send(under(SPAN, BAGGAGE), deepFrozen(message));
    expectMessage(only(await protocol.receive(QueueUrl, 1)), message.MessageBody, own, fieldsOf(SPAN, BAGGAGE));
  });

  test('SendMessage without MessageAttributes', async () => {
    const QueueUrl = await protocol.createQueue();
    await send(under(SPAN, BAGGAGE), deepFrozen({ QueueUrl, MessageBody: 'body' }));
    expectMessage(only(await protocol.receive(QueueUrl, 1)), 'body', {}, fieldsOf(SPAN, BAGGAGE));
  });

  test.each([[[4]], [[0, 9, 10]], [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]], [[0, 0, 6, 7, 8, 9, 10, 10, 1, 0]]])(
    'SendMessageBatch of entries with %j own attributes',
    async (counts) => {
      const QueueUrl = await protocol.createQueue();
      const entries = counts.map((count, index) => ({
        Id: `entry-${index}`,
        MessageBody: `body ${index}`,
        MessageAttributes: ownAttributes(count),
      }));
      const input = { QueueUrl, Entries: entries };
      for (const each of [input, deepFrozen(input)]) {
        await sendBatch(under(SPAN, BAGGAGE), each);
        const messages = await protocol.receive(QueueUrl, counts.length);
        for (const { MessageBody, MessageAttributes } of entries) {
          expectMessage(only(withBody(messages, MessageBody)), MessageBody, MessageAttributes, fieldsOf(SPAN, BAGGAGE));
        }
      }
    },
  );

  test('one input object, sent one after the other and at once, carries the context of each send', async () => {
    const QueueUrl = await protocol.createQueue();
    const own = ownAttributes(2);
    const input = { QueueUrl, MessageBody: 'body', MessageAttributes: own };
    for (const [span, baggage] of [[SPAN, BAGGAGE] as const, [OTHER_SPAN] as const]) {
      await send(under(span, baggage), input);
      expectMessage(only(await protocol.receive(QueueUrl, 1)), 'body', own, fieldsOf(span, baggage));
    }
    await Promise.all([send(under(SPAN), input), send(under(OTHER_SPAN), input)]);
    const messages = await protocol.receive(QueueUrl, 2);
    for (const span of [SPAN, OTHER_SPAN]) {
      const message = messages.find((each) => carriedSpan(each)?.traceId === span.traceId);
      expectMessage(message, 'body', own, fieldsOf(span));
    }
  });

  test('one batch, sent again, carries the context of each send', async () => {
    const QueueUrl = await protocol.createQueue();
    const own = ownAttributes(1);
    const input = { QueueUrl, Entries: ['a', 'b'].map((Id) => ({ Id, MessageBody: Id, MessageAttributes: own })) };
    for (const span of [SPAN, OTHER_SPAN]) {
      await sendBatch(under(span), input);
      const messages = await protocol.receive(QueueUrl, 2);
      for (const { Id } of input.Entries) expectMessage(only(withBody(messages, Id)), Id, own, fieldsOf(span));
    }
  });

  test.each([0, 6, 7])('a context from an earlier send is replaced, beside %i own attributes', async (count) => {
    const own = ownAttributes(count);
    const message = await sent(under(SPAN, BAGGAGE), { ...STALE, ...own });
    expectMessage(message, 'body', own, fieldsOf(SPAN, BAGGAGE));
  });

  test('a context from an earlier send frees its slots, and its baggage does not outlive it', async () => {
    const own = ownAttributes(6);
    expectMessage(await sent(under(SPAN), { ...own, ...STALE, ...STALE_BAGGAGE }), 'body', own, fieldsOf(SPAN));
  });

  test('what takes the place of an earlier `traceparent` in a full message is `_datadog`', async () => {
    const own = ownAttributes(9);
    const full = { ...own, ...pick(STALE, ['traceparent']) };
    expectMessage(await sent(under(SPAN), full), 'body', own, fieldsOf(SPAN));
  });

  test.each<[string, Attributes]>([
    ['text', { baggage: { DataType: 'String', StringValue: 'two suitcases' } }],
    ['bytes', { baggage: { DataType: 'Binary', BinaryValue: Uint8Array.from([0xff, 0x00]) } }],
    ['a number', { baggage: { DataType: 'Number', StringValue: '23' } }],
  ])('an own attribute `baggage` that is %s, and not W3C baggage, survives', async (_kind, baggage) => {
    for (const count of [0, 5, 6, 7, 8, 9]) {
      const own = { ...ownAttributes(count), ...baggage };
      expectMessage(await sent(under(SPAN, BAGGAGE), own), 'body', own, fieldsOf(SPAN, BAGGAGE));
    }
  });

  test("an attribute that the application's own middleware adds takes its slot first", async () => {
    const QueueUrl = await protocol.createQueue();
    const added: Attributes = { added: { DataType: 'String', StringValue: 'late' } };
    const input: SendMessageCommandInput = { QueueUrl, MessageBody: 'body', MessageAttributes: ownAttributes(9) };
    const command = new SendMessageCommand(input);
    const addAttribute = (given: SendMessageCommandInput) => ({
      ...given,
      MessageAttributes: { ...given.MessageAttributes, ...added },
    });
    command.middlewareStack.add(
      (next) => (args) => next({ ...args, input: addAttribute(args.input as SendMessageCommandInput) }),
      { step: 'initialize' },
    );
    await context.with(under(SPAN), () => sqs.send(command));
    const own = { ...ownAttributes(9), ...added };
    expectMessage(only(await protocol.receive(QueueUrl, 1)), 'body', own, fieldsOf(SPAN));
  });

  test.each<[string, Attributes]>([
    ['nothing', {}],
    ['a context that it forwards', { ...STALE, ...STALE_BAGGAGE, ...ownAttributes(6) }],
    ['ten attributes', ownAttributes(10)],
  ])('without an active span a message with %s goes as it is', async (_kind, attributes) => {
    const QueueUrl = await protocol.createQueue();
    await send(ROOT_CONTEXT, { QueueUrl, MessageBody: 'single', MessageAttributes: attributes });
    await sendBatch(ROOT_CONTEXT, {
      QueueUrl,
      Entries: [{ Id: 'a', MessageBody: 'entry', MessageAttributes: attributes }],
    });
    for (const { MessageAttributes = {} } of await protocol.receive(QueueUrl, 2)) {
      expect(MessageAttributes).toEqual(onTheWire(attributes));
    }
  });

  test('baggage without a span replaces baggage, and a forwarded context lives on', async () => {
    const baggage = propagation.createBaggage({ city: { value: 'Oslo' } });
    const forwarded = { ...STALE, ...ownAttributes(1) };
    const { MessageAttributes } = await sent(propagation.setBaggage(ROOT_CONTEXT, baggage), {
      ...forwarded,
      ...STALE_BAGGAGE,
    });
    expect(MessageAttributes).toEqual({
      ...onTheWire(forwarded),
      baggage: { DataType: 'String', StringValue: 'city=Oslo' },
    });
  });

  test.each<[string[] | undefined, string[]]>([
    [undefined, CONTEXT_NAMES],
    [[], CONTEXT_NAMES],
    [['color'], ['color', ...CONTEXT_NAMES]],
    [
      ['color', 'traceparent'],
      ['color', ...CONTEXT_NAMES],
    ],
    [['All'], ['color', 'size', ...CONTEXT_NAMES]],
  ])('a receive that asks for %j gets %j', async (asked, expected) => {
    const QueueUrl = await protocol.createQueue();
    await send(under(SPAN, BAGGAGE), {
      QueueUrl,
      MessageBody: 'body',
      MessageAttributes: {
        color: { DataType: 'String', StringValue: 'red' },
        size: { DataType: 'Number', StringValue: '4' },
      },
    });
    const input = deepFrozen({ QueueUrl, ...(asked && { MessageAttributeNames: asked }) });
    const before = structuredClone(input);
    const { Messages } = await sqs.send(new ReceiveMessageCommand(input));
    expect(input).toEqual(before);
    expect(Object.keys(only(Messages).MessageAttributes ?? {}).sort()).toEqual([...expected].sort());
  });

  test('messages with ten attributes carry AWSTraceHeader by option, alone and in a batch', async () => {
    const QueueUrl = await protocol.createQueue();
    const client = new SQSClient(clientConfig());
    client.middlewareStack.use(awsSdkPlugin({ awsTraceHeader: true }));
    const MessageAttributes = ownAttributes(10);
    const Entries = ['a', 'b'].map((Id) => ({ Id, MessageBody: Id, MessageAttributes }));
    await context.with(under(SPAN), async () => {
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'alone', MessageAttributes }));
      await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    });
    // To ask for it is the plugin's part.
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    expect(Messages.map(({ Body }) => Body).sort()).toEqual(['a', 'alone', 'b']);
    for (const message of Messages) {
      const { traceId, spanId } = trace.getSpanContext(extractMessageContext(message, ROOT_CONTEXT)) ?? {};
      // It has room for half of a trace id.
      expect([traceId, spanId]).toEqual([SPAN.traceId.slice(16).padStart(32, '0'), SPAN.spanId]);
    }
    client.destroy();
  });

  test.each(['20', '24'])(
    "under the preload on Node %s, beside contrib's instrumentation, each message carries one context",
    async (major) => {
      const QueueUrl = await protocol.createQueue();
      const application = [join(import.meta.dirname, 'fixtures/sqs-producer.mjs'), elasticMq.endpoint, QueueUrl];
      const run = runNode(['--require', REGISTER, ...application], { major, env: PRELOAD_ENVIRONMENT });
      expect([await run.end, run.stderr]).toEqual([0, '']);

      const sends: { body: string; traceId: string; spanId: string }[] = JSON.parse(run.stdout);
      expect(sends).toHaveLength(28);
      const messages = await protocol.receive(QueueUrl, sends.length);
      for (const { body, traceId, spanId } of sends) {
        const own = ownAttributes(Number(body.split(' ').at(-1)));
        const ofBody = withBody(messages, body);
        const message = ofBody.find((each) => carriedSpan(each)?.traceId === traceId) ?? ofBody[0];
        const parent = { ...SPAN, ...carriedSpan(message), traceId };
        expectMessage(message, body, own, fieldsOf(parent));
        expect(parent.spanId, "the parent is contrib's span").not.toBe(spanId);
      }
    },
  );
});

function carriedSpan(message: WireMessage | undefined): { traceId: string; spanId: string } | undefined {
  const { traceparent }: Record<string, string> = JSON.parse(message?.MessageAttributes?._datadog?.StringValue ?? '{}');
  const [, traceId, spanId] = traceparent?.split('-') ?? [];
  return traceId && spanId ? { traceId, spanId } : undefined;
}

/** That body and own attributes are as sent, and the slots that these leave hold the fields. */
function expectMessage(
  message: WireMessage | undefined,
  body: string,
  own: Attributes,
  fields: Record<string, string>,
): void {
  const attributes = message?.MessageAttributes ?? {};
  const names = Object.keys(attributes);
  const ownNames = Object.keys(own);
  expect(message?.Body).toBe(body);
  expect(pick(attributes, ownNames)).toEqual(onTheWire(own));

  const beside = names.filter((name) => !ownNames.includes(name));
  const expected = ['_datadog', ...CONTEXT_NAMES.filter((name) => name in fields)]
    .slice(0, MAX_ATTRIBUTES - ownNames.length)
    .filter((name) => !ownNames.includes(name));
  expect(beside.sort()).toEqual(expected.sort());
  for (const name of beside) {
    const { DataType, StringValue = '', ...others } = attributes[name] as WireAttribute;
    expect({ DataType, others }).toEqual({ DataType: 'String', others: {} });
    expect(name === '_datadog' ? JSON.parse(StringValue) : StringValue).toEqual(
      name === '_datadog' ? fields : fields[name],
    );
  }
}

/** What a Datadog tracer writes for a span with no other Datadog state. */
function fieldsOf({ traceId, spanId, traceFlags }: SpanContext, baggage?: string): Record<string, string> {
  const upperHalf = traceId.slice(0, 16);
  const kept = traceFlags === TraceFlags.SAMPLED;
  return {
    'x-datadog-trace-id': decimal(traceId.slice(16)),
    'x-datadog-parent-id': decimal(spanId),
    'x-datadog-sampling-priority': String(traceFlags),
    'x-datadog-tags': `${kept ? '_dd.p.dm=-0,' : ''}_dd.p.tid=${upperHalf}`,
    traceparent: `00-${traceId}-${spanId}-0${traceFlags}`,
    tracestate: `dd=s:${traceFlags};p:${spanId};${kept ? 't.dm:-0;' : ''}t.tid:${upperHalf}`,
    ...(baggage && { baggage }),
  };
}

function under(span: SpanContext, baggage?: string): Context {
  const active = trace.setSpanContext(ROOT_CONTEXT, span);
  if (baggage === undefined) return active;
  const entries = baggage.split(',').map((member) => {
    const [key = '', value = ''] = member.split('=');
    return [key, { value: decodeURIComponent(value) }] as const;
  });
  return propagation.setBaggage(active, propagation.createBaggage(Object.fromEntries(entries)));
}

function onTheWire(attributes: Attributes): Record<string, WireAttribute> {
  const entries = Object.entries(attributes).map(([name, { DataType = '', StringValue, BinaryValue }]) => [
    name,
    BinaryValue ? { DataType, BinaryValue: Buffer.from(BinaryValue).toString('base64') } : { DataType, StringValue },
  ]);
  return Object.fromEntries(entries);
}

function decimal(hex: string): string {
  return BigInt(`0x${hex}`).toString();
}

function withBody(messages: WireMessage[], body: string): WireMessage[] {
  return messages.filter((message) => message.Body === body);
}

function pick<T>(object: Readonly<Record<string, T>>, names: string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)));
}

function only<T>(items: T[] | undefined): T {
  expect(items).toHaveLength(1);
  return (items as [T])[0];
}
