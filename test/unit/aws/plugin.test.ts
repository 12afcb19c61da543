import {
  type Context,
  context,
  type DiagLogger,
  DiagLogLevel,
  diag,
  propagation,
  ROOT_CONTEXT,
  type TextMapPropagator,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { addToClient, awsMiddleware, awsSdkPlugin } from '../../../src/aws/plugin.ts';
import { type AwsSdkPluginOptions, awsConfiguration } from '../../../src/configuration/aws.ts';
import { DatadogPropagator, extractMessageContext } from '../../../src/index.ts';

const QUEUE = 'https://sqs.eu-west-1.amazonaws.com/123456789012/orders';
const ACTIVE = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: '6b0305aa12345678f0e1d2c3b4a59687',
  spanId: 'fedcba9876543210',
  traceFlags: TraceFlags.SAMPLED,
});
const NAMES = ['_datadog', 'traceparent', 'tracestate'];

type Input = Record<string, unknown>;
type Answer = (input: Input, attempt: number) => unknown;

beforeAll(() => {
  // For its context manager.
  new NodeTracerProvider().register({ propagator: null });
});

let said: string[];
beforeEach(() => {
  said = [];
  const logger = { warn: (text: string) => void said.push(text) } as DiagLogger;
  for (const level of ['error', 'info', 'debug', 'verbose'] as const) logger[level] = () => undefined;
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
});
afterEach(() => {
  diag.disable();
  propagation.disable();
  vi.restoreAllMocks();
});

/** A client of the name, as far as a middleware sees one: each call's answers, what was sent, and what came of it. */
function client(call: string, answer: Answer = () => ({}), options: AwsSdkPluginOptions = {}) {
  const [service, name] = call.split(' ');
  const sent: Input[] = [];
  const handler = awsMiddleware(awsConfiguration({ env: {}, ...options }), {})(
    async ({ input }) => {
      sent.push(input as Input);
      const output = answer(input as Input, sent.length);
      if (output instanceof Error) throw output;
      return { output, response: 'of the last request' };
    },
    { clientName: `${service}Client`, commandName: `${name}Command` },
  );
  const run = (input: unknown, active: Context = ACTIVE) =>
    context.with(active, () => handler({ input: input as object, other: 'stays' } as never));
  return { sent, run };
}

const namesOn = (message: unknown) => Object.keys((message as Input | undefined)?.MessageAttributes ?? {});
function datadogOn(message: Input | undefined): object {
  const { _datadog } = (message?.MessageAttributes ?? {}) as Record<string, { StringValue?: string }>;
  return JSON.parse(_datadog?.StringValue ?? '');
}
const entriesIn = (input: Input | undefined) => (input?.Entries ?? []) as Input[];

function refusal(name: string, message: string, $fault = 'client'): Error {
  return Object.assign(new Error(message), { name, $fault, $metadata: { httpStatusCode: 400 } });
}
const TOO_LONG = refusal(
  'InvalidParameterValue',
  'One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.',
);

test('a call is sent on a copy, its answer comes back itself', async () => {
  const { sent, run } = client('SQS SendMessage', () => ({ MessageId: '1' }));
  const input = Object.freeze({ QueueUrl: QUEUE, MessageBody: 'b' });
  expect(await run(input)).toEqual({ output: { MessageId: '1' }, response: 'of the last request' });
  expect(sent.map(namesOn)).toEqual([NAMES]);
});

test('without a context, and for other calls, the input itself is sent', async () => {
  const input = { QueueUrl: QUEUE, MessageBody: 'b' };
  const { sent, run } = client('SQS SendMessage');
  await run(input, ROOT_CONTEXT);
  expect(sent[0]).toBe(input);
  const other = client('SQS DeleteMessage');
  await other.run(input);
  expect(other.sent[0]).toBe(input);
});

test.each<[why: string, input: unknown]>([
  [
    'a getter that throws',
    {
      QueueUrl: QUEUE,
      get MessageBody() {
        throw new Error('mine');
      },
    },
  ],
  [
    'attributes that throw',
    {
      QueueUrl: QUEUE,
      MessageBody: 'b',
      MessageAttributes: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('mine');
          },
        },
      ),
    },
  ],
])('%s: the call goes as it was given, with one warning', async (_why, input) => {
  const { sent, run } = client('SQS SendMessage');
  await run(input);
  expect(sent).toEqual([expect.anything()]);
  expect(sent[0]).toBe(input);
  expect(said).toHaveLength(1);
});

test.each([undefined, null, 'text', 1])('an input that is %j is the SDK’s business', async (input) => {
  const { sent, run } = client('SQS SendMessage');
  await run(input);
  expect(sent).toEqual([input]);
  expect(said).toEqual([]);
});

test('beside ours the application’s propagators may write what has no place on a message', async () => {
  const xray: TextMapPropagator = {
    inject: (_context, carrier, setter) => setter.set(carrier, 'x-amzn-trace-id', 'Root=1'),
    extract: (given) => given,
    fields: () => ['x-amzn-trace-id'],
  };
  const ours = new DatadogPropagator({ env: {} });
  propagation.setGlobalPropagator({
    inject: (...args) => [xray, ours].forEach((each) => void each.inject(...args)),
    extract: (given) => given,
    fields: () => [...xray.fields(), ...ours.fields()],
  });
  const { sent, run } = client('SQS SendMessage');
  await run({ QueueUrl: QUEUE, MessageBody: 'b' });
  expect(namesOn(sent[0])).toEqual(NAMES);
  expect(datadogOn(sent[0])).not.toHaveProperty('x-amzn-trace-id');
});

test('where the application has no propagator of ours, the environment says what is written', async () => {
  const env = { DD_TRACE_PROPAGATION_STYLE: 'tracecontext' };
  const sent: Input[] = [];
  const added: ReturnType<typeof awsMiddleware>[] = [];
  awsSdkPlugin({ env }).applyToStack({ add: (middleware) => void added.push(middleware) });
  const next = async ({ input }: { input: object }) => void sent.push(input as Input);
  const handler = added[0]?.(next as never, { clientName: 'SQSClient', commandName: 'SendMessageCommand' });
  await context.with(ACTIVE, () => handler?.({ input: { QueueUrl: QUEUE, MessageBody: 'b' } }));
  expect(Object.keys(datadogOn(sent[0]))).toEqual(['traceparent', 'tracestate']);
});

test('a client that has a plugin keeps its own', () => {
  const names = new Set<string>();
  const added: unknown[] = [];
  const stack = {
    add(middleware: unknown, { name, override }: { name: string; override: boolean }) {
      if (names.has(name) && !override) throw new Error(`Duplicate middleware name '${name}'`);
      names.add(name);
      added.push(middleware);
    },
  };
  awsSdkPlugin().applyToStack(stack);
  addToClient(stack, awsMiddleware(awsConfiguration({})));
  expect(added).toHaveLength(1);
});

describe('what is received', () => {
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  const TRACEPARENT = text('00-6b0305aa12345678f0e1d2c3b4a59687-fedcba9876543210-01');
  const messages = () => [{ Body: 'b', MessageAttributes: { own: text('x'), traceparent: TRACEPARENT } }];
  const receive = (options: AwsSdkPluginOptions) =>
    client('SQS ReceiveMessage', () => ({ Messages: messages() }), options);
  const messageIn = ({ output }: { output?: unknown }) => (output as { Messages: object[] }).Messages[0];

  test('stays as it is', async () => {
    expect((await receive({}).run({ QueueUrl: QUEUE })).output).toEqual({ Messages: messages() });
  });

  test('by option without our attributes, though contrib has put their names into the input', async () => {
    const ours = new DatadogPropagator({ env: {} });
    propagation.setGlobalPropagator(ours);
    for (const names of [undefined, ['own', ...ours.fields()]]) {
      const { run } = receive({ hideAttributes: true });
      const message = messageIn(await run({ QueueUrl: QUEUE, MessageAttributeNames: names }));
      expect(message).toEqual({ Body: 'b', MessageAttributes: { own: text('x') } });
      const extracted = trace.getSpanContext(extractMessageContext(message, ROOT_CONTEXT));
      expect(extracted?.spanId).toBe('fedcba9876543210');
    }
  });

  test('but not from queues that are switched off', async () => {
    for (const options of [{ services: { sqs: false } }, { enabledFor: ['billing'] }]) {
      const { run } = receive({ hideAttributes: true, ...options });
      expect((await run({ QueueUrl: QUEUE })).output).toEqual({ Messages: messages() });
    }
  });
});

describe('what is refused as too long', () => {
  test.each([
    TOO_LONG,
    refusal('AWS.SimpleQueueService.BatchRequestTooLong', 'Batch requests cannot be longer than 262144 bytes.'),
    refusal('InvalidParameter', 'Invalid parameter: Message too long'),
    refusal('RequestTooLargeException', 'Request must be smaller than 6291456 bytes for the InvokeFunction operation'),
  ])('%s: once more as it was given', async (error) => {
    const input = { QueueUrl: QUEUE, MessageBody: 'b' };
    const { sent, run } = client('SQS SendMessage', (_input, attempt) => (attempt === 1 ? error : { MessageId: '2' }));
    expect(await run(input)).toMatchObject({ output: { MessageId: '2' } });
    expect(sent).toHaveLength(2);
    expect(sent[1]).toBe(input);
  });

  test.each([
    refusal('QueueDoesNotExist', 'The specified queue does not exist.'),
    refusal('ThrottlingException', 'Rate exceeded'),
    refusal('InternalFailure', 'The response was too large', 'server'),
    // Whether the message arrived is not known.
    Object.assign(new Error('socket hang up: header too long'), { code: 'ECONNRESET' }),
  ])('%s is another refusal, and the application’s', async (error) => {
    const { sent, run } = client('SQS SendMessage', () => error);
    await expect(run({ QueueUrl: QUEUE, MessageBody: 'b' })).rejects.toBe(error);
    expect(sent).toHaveLength(1);
  });

  test('the second answer is the one that counts, and there is no third', async () => {
    const second = refusal('OverLimit', 'The second one');
    const { sent, run } = client('SQS SendMessage', (_input, attempt) => (attempt === 1 ? TOO_LONG : second));
    await expect(run({ QueueUrl: QUEUE, MessageBody: 'b' })).rejects.toBe(second);
    expect(sent).toHaveLength(2);
  });

  test('a call on which nothing was written is not sent again', async () => {
    const { sent, run } = client('SQS SendMessage', () => TOO_LONG);
    await expect(run({ QueueUrl: QUEUE, MessageBody: 'b' }, ROOT_CONTEXT)).rejects.toBe(TOO_LONG);
    expect(sent).toHaveLength(1);
  });

  test('its queue is remembered, for this size and above, and the thousand used last', async () => {
    const limit = 600;
    const size = ({ MessageBody }: Input) => String(MessageBody).length;
    const { sent, run } = client('SQS SendMessage', (input) =>
      size(input) + (namesOn(input).length > 0 ? 500 : 0) > limit ? TOO_LONG : {},
    );
    const requests = async (queue: number, bytes: number) => {
      const before = sent.length;
      await run({ QueueUrl: `${QUEUE}-${queue}`, MessageBody: 'x'.repeat(bytes) });
      return sent.length - before;
    };
    expect(await requests(0, 200)).toBe(2);
    expect(await requests(0, 200)).toBe(1);
    expect(await requests(0, 300)).toBe(1);
    expect(await requests(0, 50)).toBe(1);
    expect(namesOn(sent.at(-1))).toEqual(NAMES);
    expect(await requests(0, 150)).toBe(2);
    expect(await requests(0, 160)).toBe(1);
    for (let queue = 1; queue <= 999; queue += 1) expect(await requests(queue, 200)).toBe(2);
    expect(await requests(0, 200)).toBe(1);
    expect(await requests(1000, 200)).toBe(2);
    expect(await requests(0, 200)).toBe(1);
    expect(await requests(1, 200)).toBe(2);
  });

  describe('in a batch', () => {
    const batch = (...ids: string[]) => ({
      QueueUrl: QUEUE,
      Entries: ids.map((Id) => ({ Id, MessageBody: `body ${Id}` })),
    });
    const success = (Id: string) => ({ Id, MessageId: `message ${Id}` });
    const tooLong = (Id: string) => ({
      Id,
      SenderFault: true,
      Code: 'InvalidParameterValue',
      Message: TOO_LONG.message,
    });
    const denied = (Id: string) => ({ Id, SenderFault: true, Code: 'AccessDenied', Message: 'no' });

    test('those entries go once more as they were given, and the answers are one', async () => {
      const { sent, run } = client('SQS SendMessageBatch', (_input, attempt) =>
        attempt === 1
          ? { Successful: [success('a')], Failed: [tooLong('b'), denied('c'), tooLong('d')], own: 1 }
          : { Successful: [success('d')], Failed: [denied('b')] },
      );
      const input = batch('a', 'b', 'c', 'd');
      expect(await run(input)).toEqual({
        output: { Successful: [success('a'), success('d')], Failed: [denied('c'), denied('b')], own: 1 },
        response: 'of the last request',
      });
      expect(sent).toHaveLength(2);
      expect(entriesIn(sent[1])).toEqual([input.Entries[1], input.Entries[3]]);
      expect(entriesIn(sent[1])[0]).toBe(input.Entries[1]);
    });

    test('other failures are the application’s', async () => {
      const output = { Successful: [], Failed: [denied('a')] };
      const { sent, run } = client('SQS SendMessageBatch', () => output);
      expect((await run(batch('a'))).output).toBe(output);
      expect(sent).toHaveLength(1);
    });

    test('where the second send fails, the first answer holds', async () => {
      const output = { Successful: [success('a')], Failed: [tooLong('b')] };
      const { run } = client('SQS SendMessageBatch', (_input, attempt) => (attempt === 1 ? output : new Error('net')));
      expect((await run(batch('a', 'b'))).output).toBe(output);
    });

    test('the whole one goes once more where all of it is too long, and that is remembered', async () => {
      const error = refusal('BatchRequestTooLong', 'Batch requests cannot be longer than 10 bytes.');
      const { sent, run } = client('SQS SendMessageBatch', (input) =>
        entriesIn(input).some((each) => namesOn(each).length > 0) ? error : {},
      );
      const input = batch('a', 'b');
      await run(input);
      expect(sent).toHaveLength(2);
      expect(sent[1]).toBe(input);
      await run(input);
      expect(sent).toHaveLength(3);
      expect(sent[2]).toBe(input);
    });
  });
});
