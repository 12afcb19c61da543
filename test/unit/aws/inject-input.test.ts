import { describe, expect, test } from 'vitest';
import { injectInput } from '../../../src/aws/inject-input.ts';
import type { MessageAttribute, MessageAttributes } from '../../../src/carriers/message-attributes.ts';
import { type AwsSdkPluginOptions, awsConfiguration, BODY_CARRIERS } from '../../../src/configuration/aws.ts';
import type { Fields } from '../../../src/propagation/fields.ts';
import { deepFrozen, ownAttributes } from '../../integration/fixtures/messages.mjs';

const FIELDS: Fields = {
  traceparent: '00-6b0305aa12345678f0e1d2c3b4a59687-fedcba9876543210-01',
  tracestate: 'dd=s:1',
  'x-datadog-trace-id': String(0xf0e1d2c3b4a59687n),
  'x-datadog-parent-id': String(0xfedcba9876543210n),
  'x-datadog-sampling-priority': '1',
  'x-datadog-tags': '_dd.p.tid=6b0305aa12345678',
  baggage: 'a=1',
};
const NAMES = ['_datadog', 'traceparent', 'tracestate', 'baggage'];
const QUEUE = 'https://sqs.eu-west-1.amazonaws.com/123456789012/orders';
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:orders';
const NOW = 1_700_000_000_000;

type Input = Record<string, unknown>;

function inject(call: string, input: object, options: AwsSdkPluginOptions = {}, fields = FIELDS): Input {
  const [service = '', name = ''] = call.split(' ');
  let asked = 0;
  const ask = () => {
    asked += 1;
    return fields;
  };
  const settings = awsConfiguration({ env: {}, ...options });
  const before = structuredClone(input);
  const written = injectInput({ service, name }, deepFrozen(input), ask, settings, () => NOW);
  expect(input).toEqual(before);
  expect(asked).toBeLessThanOrEqual(1);
  return written as Input;
}

const attributesOf = (message: unknown) =>
  (message as { MessageAttributes?: MessageAttributes }).MessageAttributes ?? {};
const ourNames = (message: unknown) => Object.keys(attributesOf(message)).filter((name) => NAMES.includes(name));
const entry = (Id: string, count: number) => ({ Id, MessageBody: 'body', MessageAttributes: ownAttributes(count) });

/** Each call that sends, with an input on which a context is written. */
const SENDS: [call: string, input: Input][] = [
  ['SQS SendMessage', { QueueUrl: QUEUE, MessageBody: 'b' }],
  ['SQS SendMessageBatch', { QueueUrl: QUEUE, Entries: [{ Id: '1', MessageBody: 'b' }] }],
  ['SNS Publish', { TopicArn: TOPIC, Message: 'm' }],
  ['SNS PublishBatch', { TopicArn: TOPIC, PublishBatchRequestEntries: [{ Id: '1', Message: 'm' }] }],
  ['Lambda Invoke', { FunctionName: 'arn:aws:lambda:eu-west-1:123456789012:function:orders:live' }],
  ['Lambda InvokeWithResponseStream', { FunctionName: 'orders:live' }],
  ['Kinesis PutRecord', { StreamName: 'orders', PartitionKey: 'k', Data: Buffer.from('{}').toString() }],
  [
    'Kinesis PutRecords',
    { StreamARN: 'arn:aws:kinesis:eu-west-1:1:stream/orders', Records: [{ PartitionKey: 'k', Data: '{}' }] },
  ],
  ['EventBridge PutEvents', { Entries: [{ EventBusName: 'orders', Source: 's', DetailType: 't', Detail: '{}' }] }],
  ['SFN StartExecution', { stateMachineArn: 'arn:aws:states:eu-west-1:1:stateMachine:orders', input: '{}' }],
  ['SFN StartSyncExecution', { stateMachineArn: 'arn:aws:states:eu-west-1:1:stateMachine:orders:1', input: '{}' }],
];
const EVERYTHING: AwsSdkPluginOptions = { bodyCarriers: BODY_CARRIERS };

describe.each(SENDS)('%s', (call, input) => {
  const service =
    ({ SQS: 'sqs', SNS: 'sns', Lambda: 'lambda', Kinesis: 'kinesis', EventBridge: 'eventbridge' }[
      call.split(' ')[0] ?? ''
    ] as 'sqs' | undefined) ?? ('stepfunctions' as const);

  test('is written on a copy', () => {
    const written = inject(call, input, EVERYTHING);
    expect(written).not.toBe(input);
    expect(JSON.stringify(written)).not.toBe(JSON.stringify(input));
  });

  test('without fields is the input itself', () => {
    expect(inject(call, input, EVERYTHING, {})).toBe(input);
  });

  test('is left alone where its service is switched off', () => {
    expect(inject(call, input, { ...EVERYTHING, services: { [service]: false } })).toBe(input);
    expect(inject(call, input, { ...EVERYTHING, env: { DD_TRACE_AWS_SDK_ENABLED: 'false' } })).toBe(input);
  });

  test('is written for the targets in enabledFor alone', () => {
    expect(inject(call, input, { ...EVERYTHING, enabledFor: ['billing', 'ord?rs'] })).not.toBe(input);
    expect(inject(call, input, { ...EVERYTHING, enabledFor: ['billing', 'orders-*'] })).toBe(input);
  });

  test('a bare plugin leaves bodies alone', () => {
    const isBody = ['kinesis', 'eventbridge', 'stepfunctions'].includes(service);
    expect(inject(call, input) === input).toBe(isBody);
  });

  test('an input that is an instance of a class, with getters, stays one', () => {
    class Given {
      get inherited() {
        return 1;
      }
    }
    const given = Object.assign(new Given(), input);
    const written = injectInput(
      { service: call.split(' ')[0] ?? '', name: call.split(' ')[1] ?? '' },
      Object.freeze(given),
      () => FIELDS,
      awsConfiguration({ env: {}, ...EVERYTHING }),
    );
    expect(written).toBeInstanceOf(Given);
    expect(written).toHaveProperty('inherited', 1);
  });
});

test.each(['SQS DeleteMessage', 'SNS Subscribe', 'Lambda InvokeAsync', 'S3 PutObject', 'SQS toString', ' '])(
  '%j is left alone',
  (call) => {
    const input = { QueueUrl: QUEUE, TopicArn: TOPIC, FunctionName: 'f', MessageBody: 'b' };
    expect(inject(call, input)).toBe(input);
  },
);

describe('SQS', () => {
  test('every entry of a batch is written, each within its ten', () => {
    const counts = [0, 6, 7, 8, 9, 10];
    const input = { QueueUrl: QUEUE, Entries: counts.map((count, index) => entry(String(index), count)) };
    const { Entries } = inject('SQS SendMessageBatch', input) as { Entries: unknown[] };
    expect(Entries.map(ourNames)).toEqual([4, 4, 3, 2, 1, 0].map((count) => NAMES.slice(0, count)));
    expect(Entries[5]).toBe(input.Entries[5]);
  });

  test('or the first alone', () => {
    const input = { QueueUrl: QUEUE, Entries: [entry('1', 0), entry('2', 0)] };
    const { Entries } = inject('SQS SendMessageBatch', input, { batchPropagation: false }) as { Entries: unknown[] };
    expect(Entries.map((each) => ourNames(each).length)).toEqual([4, 0]);
  });

  test.each([undefined, null, 'x', {}, [null, 'x', undefined]])('entries that are %j are left alone', (Entries) => {
    const input = { QueueUrl: QUEUE, Entries };
    expect(inject('SQS SendMessageBatch', input)).toBe(input);
  });

  test('attributes that are undefined take no slot', () => {
    const absent = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`absent-${index}`, undefined]));
    const input = { QueueUrl: QUEUE, MessageBody: 'b', MessageAttributes: { ...absent, ...ownAttributes(1) } };
    expect(ourNames(inject('SQS SendMessage', input))).toEqual(NAMES);
    expect(ourNames(inject('SQS SendMessage', { ...input, MessageAttributes: undefined }))).toEqual(NAMES);
  });

  test('a pointer of the extended client stays, and counts', () => {
    const pointer = { ExtendedPayloadSize: { DataType: 'Number', StringValue: '300000' } };
    const MessageAttributes = { ...ownAttributes(8), ...pointer };
    const written = inject('SQS SendMessage', { QueueUrl: QUEUE, MessageBody: '["s3",{}]', MessageAttributes });
    expect(attributesOf(written)).toMatchObject(MessageAttributes);
    expect(ourNames(written)).toEqual(['_datadog']);
  });

  test('what is beside the attributes stays as it is', () => {
    const rest = { MessageGroupId: 'g', MessageDeduplicationId: 'd', DelaySeconds: 3, MessageBody: 'H4sIAAAA' };
    expect(inject('SQS SendMessage', { QueueUrl: QUEUE, ...rest })).toMatchObject(rest);
  });
});

describe('AWSTraceHeader', () => {
  const full = { QueueUrl: QUEUE, MessageBody: 'b', MessageAttributes: ownAttributes(10) };
  // Root=1-<seconds>-00000000<trace id>, https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html
  const HEADER = 'Root=1-6553f100-00000000f0e1d2c3b4a59687;Parent=fedcba9876543210;Sampled=1';
  const header = (message: unknown) =>
    (message as { MessageSystemAttributes?: Record<string, MessageAttribute> }).MessageSystemAttributes;

  test('is written where no slot is left, in Datadog’s form', () => {
    const written = inject('SQS SendMessage', full, { awsTraceHeader: true });
    expect(header(written)).toEqual({ AWSTraceHeader: { DataType: 'String', StringValue: HEADER } });
    expect(attributesOf(written)).toEqual(full.MessageAttributes);
  });

  test('on the entries of a batch that need it', () => {
    const input = { QueueUrl: QUEUE, Entries: [entry('1', 10), entry('2', 9), entry('3', 10)] };
    const { Entries } = inject('SQS SendMessageBatch', input, { awsTraceHeader: true }) as { Entries: unknown[] };
    expect(Entries.map((each) => header(each)?.AWSTraceHeader?.StringValue)).toEqual([HEADER, undefined, HEADER]);
  });

  test.each<[why: string, input: object, options: AwsSdkPluginOptions, fields?: Fields]>([
    ['by default', full, {}],
    ['inside Lambda', full, { awsTraceHeader: true, env: { AWS_LAMBDA_FUNCTION_NAME: 'f' } }],
    [
      'over an existing one',
      { ...full, MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-0-0' } } },
      { awsTraceHeader: true },
    ],
    ['without Datadog’s style', full, { awsTraceHeader: true }, { traceparent: FIELDS.traceparent as string }],
    ['for baggage alone', full, { awsTraceHeader: true }, { baggage: 'a=1' }],
  ])('is not written %s', (_why, input, options, fields = FIELDS) => {
    expect(inject('SQS SendMessage', input, options, fields)).toBe(input);
  });

  test('is not written where a slot is left', () => {
    const input = { ...full, MessageAttributes: ownAttributes(9) };
    expect(header(inject('SQS SendMessage', input, { awsTraceHeader: true }))).toBeUndefined();
  });
});

describe('ReceiveMessage asks for what it needs beside what is asked for', () => {
  test.each<[asked: object, expected: object]>([
    [{}, { MessageAttributeNames: NAMES, AttributeNames: ['AWSTraceHeader', 'SentTimestamp'] }],
    [
      { MessageAttributeNames: ['own', 'traceparent'], AttributeNames: ['SentTimestamp'] },
      {
        MessageAttributeNames: ['own', 'traceparent', '_datadog', 'tracestate', 'baggage'],
        AttributeNames: ['SentTimestamp', 'AWSTraceHeader'],
      },
    ],
    [
      { MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['SenderId'] },
      { MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['SenderId', 'AWSTraceHeader', 'SentTimestamp'] },
    ],
    [
      { MessageAttributeNames: ['.*'], AttributeNames: ['All'] },
      { MessageAttributeNames: ['.*'], AttributeNames: ['All'] },
    ],
  ])('%j', (asked, expected) => {
    const input = { QueueUrl: QUEUE, WaitTimeSeconds: 20, ...asked };
    expect(inject('SQS ReceiveMessage', input)).toEqual({ QueueUrl: QUEUE, WaitTimeSeconds: 20, ...expected });
  });

  test('and stays as it is where its queue is switched off', () => {
    const input = { QueueUrl: QUEUE };
    expect(inject('SQS ReceiveMessage', input, { services: { sqs: false } })).toBe(input);
    expect(inject('SQS ReceiveMessage', input, { enabledFor: ['billing'] })).toBe(input);
  });
});

describe('SNS', () => {
  const text = (attribute: MessageAttribute | undefined) => Buffer.from(attribute?.BinaryValue ?? []).toString();

  test('_datadog is Binary, the others are Strings', () => {
    const { _datadog, ...beside } = attributesOf(inject('SNS Publish', { TopicArn: TOPIC, Message: 'm' }));
    expect(_datadog?.DataType).toBe('Binary');
    expect(_datadog?.BinaryValue).toBeInstanceOf(Uint8Array);
    expect(JSON.parse(text(_datadog))).toEqual(FIELDS);
    expect(beside.traceparent).toEqual({ DataType: 'String', StringValue: FIELDS.traceparent });
  });

  test('or a String by option', () => {
    const input = { TopicArn: TOPIC, PublishBatchRequestEntries: [{ Id: '1', Message: 'm' }] };
    const written = inject('SNS PublishBatch', input, { snsDataType: 'String' });
    const [message] = written.PublishBatchRequestEntries as unknown[];
    expect(attributesOf(message)._datadog).toEqual({ DataType: 'String', StringValue: JSON.stringify(FIELDS) });
  });

  test('every entry of a batch is written', () => {
    const PublishBatchRequestEntries = [0, 9, 10].map((count, index) => ({
      ...entry(String(index), count),
      Message: 'm',
    }));
    const written = inject('SNS PublishBatch', { TopicArn: TOPIC, PublishBatchRequestEntries });
    const counts = (written.PublishBatchRequestEntries as unknown[]).map((each) => ourNames(each).length);
    expect(counts).toEqual([4, 1, 0]);
  });

  test.each([
    { PhoneNumber: '+15550100', Message: 'm' },
    { TargetArn: 'arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/app/1', Message: 'm' },
  ])('%j: nobody would read it', (input) => {
    expect(inject('SNS Publish', input)).toBe(input);
  });

  test('a topic as TargetArn is a topic', () => {
    expect(ourNames(inject('SNS Publish', { TargetArn: TOPIC, Message: 'm' }))).toEqual(NAMES);
  });
});

describe('Lambda', () => {
  const encoded = (json: string) => Buffer.from(json).toString('base64');
  const decoded = (input: Input) => Buffer.from(String(input.ClientContext), 'base64').toString();
  const { baggage, ...WITHOUT_BAGGAGE } = FIELDS;

  test.each([undefined, null, 'RequestResponse'])(
    'InvocationType %j: custom has the fields, flat',
    (InvocationType) => {
      const written = inject('Lambda Invoke', { FunctionName: 'f', Payload: new Uint8Array([1]), InvocationType });
      expect(JSON.parse(decoded(written))).toEqual({ custom: FIELDS });
      expect(written.Payload).toEqual(new Uint8Array([1]));
    },
  );

  test.each(['Event', 'DryRun', 'whatever'])('InvocationType %j: nothing', (InvocationType) => {
    const input = { FunctionName: 'f', InvocationType };
    expect(inject('Lambda Invoke', input)).toBe(input);
    expect(inject('Lambda InvokeWithResponseStream', input)).toBe(input);
  });

  test('an existing client context is kept byte for byte', () => {
    const own = '{ "client":{"id":12345678901234567890.5},  "env" : {"é":"\\u00e9"}, "client":1 }';
    const json = decoded(inject('Lambda Invoke', { ClientContext: encoded(own) }));
    expect(json.startsWith(own.slice(0, -2))).toBe(true);
    expect(JSON.parse(json).custom).toEqual(FIELDS);
  });

  test('so is its custom, but for what an earlier call left', () => {
    const stale =
      '"_datadog":{"x-datadog-trace-id":"7"}, "x-datadog-origin":"rum", "traceparent":"00-old", "baggage":"old=1"';
    const own = `{"custom":{"id":12345678901234567890, ${stale}, "mine": [1.0] },"env":{}}`;
    const json = decoded(inject('Lambda Invoke', { ClientContext: encoded(own) }));
    expect(json).toContain('"id":12345678901234567890');
    expect(json).toContain('"mine": [1.0]');
    expect(json).toContain('"env":{}');
    expect(json).not.toContain('old');
    expect(JSON.parse(json).custom).toEqual({ ...FIELDS, id: Number('12345678901234567890'), mine: [1] });
  });

  test('an own baggage that is none stays', () => {
    const own = '{"custom":{"baggage":"two suitcases"}}';
    const json = decoded(inject('Lambda Invoke', { ClientContext: encoded(own) }, {}, WITHOUT_BAGGAGE));
    expect(JSON.parse(json).custom).toEqual({ baggage: 'two suitcases', ...WITHOUT_BAGGAGE });
  });

  test('a context that is passed on outlives baggage alone', () => {
    const own = '{"custom":{"traceparent":"00-old","baggage":"old=1"}}';
    const json = decoded(inject('Lambda Invoke', { ClientContext: encoded(own) }, {}, { baggage: 'a=1' }));
    expect(JSON.parse(json).custom).toEqual({ traceparent: '00-old', baggage: 'a=1' });
  });

  test.each(['no JSON', '[]', '"text"', '{"custom":null}', '{"custom":[]}', '{"custom":"x"}', '{', '\u{feff}{}'])(
    'a client context that is %j is left alone',
    (own) => {
      const input = { ClientContext: encoded(own) };
      expect(inject('Lambda Invoke', input)).toBe(input);
    },
  );

  test('so are bytes that are no text, and what is no string', () => {
    for (const ClientContext of [Buffer.from([0x7b, 0xff, 0x7d]).toString('base64'), 1, {}]) {
      const input = { ClientContext };
      expect(inject('Lambda Invoke', input)).toBe(input);
    }
  });

  test('by option custom._datadog too', () => {
    const options = { clientContextDatadog: true };
    const expected = { custom: { ...FIELDS, _datadog: FIELDS } };
    expect(JSON.parse(decoded(inject('Lambda Invoke', {}, options)))).toEqual(expected);
    const own = inject('Lambda Invoke', { ClientContext: encoded('{"custom":{}}') }, options);
    expect(JSON.parse(decoded(own))).toEqual(expected);
  });

  test('3,583 bytes of base64 are not passed: baggage goes first, then all of it', () => {
    const withOwn = (length: number) => ({
      ClientContext: encoded(JSON.stringify({ env: { own: 'x'.repeat(length) } })),
    });
    const seen = new Set<string>();
    for (let length = 1800; length < 2650; length += 7) {
      const input = withOwn(length);
      const written = inject('Lambda Invoke', input, {}, { ...FIELDS, baggage: `a=${'v'.repeat(300)}` });
      expect(String(written.ClientContext).length).toBeLessThanOrEqual(3583);
      const { custom } = JSON.parse(decoded(written));
      if (written === input) seen.add('nothing');
      else seen.add(custom.baggage === undefined ? 'no baggage' : 'all');
      if (custom !== undefined) expect(custom).toHaveProperty('x-datadog-trace-id');
    }
    expect([...seen]).toEqual(['all', 'no baggage', 'nothing']);
  });
});
