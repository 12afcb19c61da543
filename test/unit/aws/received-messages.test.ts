import { createHash } from 'node:crypto';
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { receivedOutput } from '../../../src/aws/received-messages.ts';
import { withMember } from '../../../src/carriers/json-member.ts';
import { type AwsSdkPluginOptions, awsConfiguration } from '../../../src/configuration/aws.ts';
import { messageSource } from '../../../src/consumers/message-source.ts';
import { receivedMessage } from '../../../src/consumers/records.ts';
import { extractMessageContext } from '../../../src/index.ts';
import { eventBridgeEvent, snsEnvelope } from '../deliveries.ts';

const RECEIVE = { service: 'SQS', name: 'ReceiveMessage' };
const GET_RECORDS = { service: 'Kinesis', name: 'GetRecords' };
const settingsOf = (options: AwsSdkPluginOptions) => awsConfiguration({ ...options, env: {} });
const HIDE = settingsOf({ hideAttributes: true });
const STRIP = settingsOf({ stripInjectedContext: true });
const BOTH = settingsOf({ hideAttributes: true, stripInjectedContext: true });

const SPAN_ID = '2c89f60e64b95039';
const FIELDS = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': String(BigInt(`0x${SPAN_ID}`)),
  'x-datadog-sampling-priority': '1',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000',
};
const JSON_FIELDS = JSON.stringify(FIELDS);
const string = (StringValue: string) => ({ DataType: 'String', StringValue });
const context = {
  _datadog: string(JSON_FIELDS),
  traceparent: string(`00-6b0305aa00000000079f1ce5c3953e3c-${SPAN_ID}-01`),
  tracestate: string('dd=s:1'),
  baggage: string('team=a'),
};
const own = { kind: string('order'), count: { DataType: 'Number', StringValue: '1' } };
const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const spanIdOf = (message: unknown) => trace.getSpanContext(extractMessageContext(message, ROOT_CONTEXT))?.spanId;
const bytes = (text: string) => new TextEncoder().encode(text);

function message(attributes: object, more: object = {}): Record<string, unknown> {
  return {
    MessageId: 'm',
    Body: 'hello',
    MD5OfBody: md5('hello'),
    MessageAttributes: attributes,
    MD5OfMessageAttributes: 'x',
    ...more,
  };
}

function received(messages: object[], input: object = {}, settings = HIDE): void {
  const output = { Messages: messages };
  expect(receivedOutput(RECEIVE, input, output, settings)).toBe(output);
  expect(output.Messages).toBe(messages);
}

describe('hideAttributes', () => {
  test('takes ours off and leaves the own ones; the context is found by the message', () => {
    const messages = [message({ ...own, ...context }), message({ ...own })];
    const [first, second] = messages;
    received(messages);
    const { MD5OfMessageAttributes: _, ...rest } = message(own);
    expect(first).toEqual(rest);
    expect(second).toEqual(message(own));
    expect(messages.map(spanIdOf)).toEqual([SPAN_ID, undefined]);
  });

  test('leaves no empty attributes', () => {
    const only = message(context);
    received([only]);
    expect(Object.keys(only)).toEqual(['MessageId', 'Body', 'MD5OfBody']);
    expect(spanIdOf(only)).toBe(SPAN_ID);
  });

  test.each<[names: string[] | undefined, left: string[]]>([
    [undefined, []],
    [[], []],
    [['kind'], []],
    [['All'], []],
    [['.*'], []],
    [['traceparent'], ['traceparent']],
    [
      ['_datadog', 'baggage', 'kind'],
      ['_datadog', 'baggage'],
    ],
    [['All', 'tracestate'], ['tracestate']],
  ])('what the application asks for by name stays: %j', (MessageAttributeNames, left) => {
    const one = message({ ...context });
    received([one], { MessageAttributeNames });
    expect(Object.keys(one.MessageAttributes ?? {})).toEqual(left);
    expect(spanIdOf(one)).toBe(SPAN_ID);
  });

  test('a `baggage` that is none stays', () => {
    const one = message({ ...context, baggage: string('2 bags') });
    received([one], { MessageAttributeNames: ['All'] });
    expect(one.MessageAttributes).toEqual({ baggage: string('2 bags') });
  });

  const AWSTraceHeader = `Root=1-6b0305aa-00000000079f1ce5c3953e3c;Parent=${SPAN_ID};Sampled=1`;

  const SENT = 1795359982699;

  test.each<[input: object, left: string[]]>([
    [{}, ['SenderId']],
    [{ AttributeNames: ['SentTimestamp'] }, ['SentTimestamp', 'SenderId']],
    [{ AttributeNames: ['All'] }, ['SentTimestamp', 'SenderId', 'AWSTraceHeader']],
    [{ MessageSystemAttributeNames: ['All'] }, ['SentTimestamp', 'SenderId', 'AWSTraceHeader']],
    [{ MessageSystemAttributeNames: ['AWSTraceHeader'] }, ['SenderId', 'AWSTraceHeader']],
    [{ AttributeNames: ['AWSTraceHeader'], MessageSystemAttributeNames: [] }, ['SenderId', 'AWSTraceHeader']],
  ])("AWS's own attributes, where the application asks for %j, and the message is still as old", (input, left) => {
    const one = message(own, { Attributes: { SentTimestamp: String(SENT), SenderId: 'A', AWSTraceHeader } });
    received([one], input);
    expect(Object.keys(one.Attributes ?? {})).toEqual(left);
    expect(messageSource(receivedMessage(one)).sentTime).toBe(SENT);
    expect(one.MD5OfMessageAttributes).toBe('x');
    expect(spanIdOf(one)).toBe(SPAN_ID);
  });

  test('leaves bodies as they are', () => {
    const body = eventBridgeEvent(`{"_datadog":${JSON_FIELDS}}`);
    const one = message(own, { Body: body });
    received([one]);
    expect(one).toEqual(message(own, { Body: body }));
  });
});

describe('stripInjectedContext', () => {
  test("takes _datadog out of EventBridge's detail, and corrects the checksum", () => {
    const body = eventBridgeEvent(`{"order":1,"_datadog":${JSON_FIELDS}}`);
    const one = message(context, { Body: body, MD5OfBody: md5(body) });
    received([one], {}, STRIP);
    const stripped = eventBridgeEvent('{"order":1}');
    expect(one).toEqual(message(context, { Body: stripped, MD5OfBody: md5(stripped) }));
    expect(spanIdOf(one)).toBe(SPAN_ID);
  });

  test('leaves what is signed, and what is no event', () => {
    const bodies = [
      snsEnvelope('hello', context),
      snsEnvelope(eventBridgeEvent(`{"_datadog":${JSON_FIELDS}}`)),
      `{"_datadog":${JSON_FIELDS}}`,
      `{"detail":{"_datadog":${JSON_FIELDS}}`,
      '_datadog',
    ];
    for (const Body of bodies) {
      const one = message(own, { Body });
      received([one], {}, STRIP);
      expect(one).toEqual(message(own, { Body }));
    }
  });

  test('together with hideAttributes', () => {
    const body = eventBridgeEvent(`{"_datadog":${JSON_FIELDS}}`);
    const one = message({ ...own, ...context }, { Body: body });
    received([one], {}, BOTH);
    expect(one.Body).toBe(eventBridgeEvent('{}'));
    expect(one.MessageAttributes).toEqual(own);
    expect(spanIdOf(one)).toBe(SPAN_ID);
  });

  const base64 = (text: string) => Buffer.from(text).toString('base64');

  function stripped(data: Uint8Array): Record<string, unknown> {
    const record: Record<string, unknown> = { SequenceNumber: '1', PartitionKey: 'p', Data: data };
    const output = { Records: [record], MillisBehindLatest: 0 };
    expect(receivedOutput(GET_RECORDS, {}, output, STRIP)).toBe(output);
    expect(output.Records[0]).toBe(record);
    return record;
  }

  test.each([
    ['as it is', (text: string) => text],
    ['in base64', base64],
  ])("gives Kinesis' data %s byte for byte as it was put", (_name, encoded) => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()).filter((each) => !('_datadog' in each)),
        fc.nat(4),
        (object, indent) => {
          const json = JSON.stringify(object, null, indent);
          const record = stripped(bytes(encoded(withMember(json, '_datadog', JSON_FIELDS) ?? '')));
          expect(Buffer.from(record.Data as Uint8Array).toString()).toBe(encoded(json));
          expect(record.Data).toBeInstanceOf(Uint8Array);
          expect(spanIdOf(record)).toBe(SPAN_ID);
        },
      ),
    );
  });

  test('leaves data that it could not write again byte for byte', () => {
    const json = `{"_datadog":${JSON_FIELDS}}`;
    const noUtf8 = Buffer.concat([
      Buffer.from(`{"_datadog":${JSON_FIELDS},"x":"`),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ]);
    const datas = [noUtf8, bytes(`${base64(json)}\n`), bytes('_datadog'), bytes(`[${json}]`), bytes('')];
    for (const data of datas) expect(stripped(data).Data).toBe(data);
  });
});

test('the context is found by another copy of this package, as the preload is one', async () => {
  const one = message({ ...context });
  received([one]);
  vi.resetModules();
  const other = await import('../../../src/index.ts');
  expect(other.extractMessageContext).not.toBe(extractMessageContext);
  expect(trace.getSpanContext(other.extractMessageContext(one, ROOT_CONTEXT))?.spanId).toBe(SPAN_ID);
});

test.each([
  [RECEIVE, settingsOf({})],
  [GET_RECORDS, HIDE],
  [{ service: 'SQS', name: 'SendMessage' }, BOTH],
  [{ service: 'S3', name: 'GetObject' }, BOTH],
])('%j is left alone where no option says otherwise', (operation, settings) => {
  const output = {
    Messages: [message({ ...context })],
    Records: [{ Data: bytes(`{"_datadog":${JSON_FIELDS}}`) }],
  };
  const before = structuredClone(output);
  expect(receivedOutput(operation, {}, output, settings)).toBe(output);
  expect(output).toEqual(before);
});

test('outputs, messages and inputs of any kind', () => {
  const fail = () => {
    throw new Error('not for you');
  };
  const throwing = new Proxy({}, { get: fail, has: fail, ownKeys: fail, getOwnPropertyDescriptor: fail });
  const frozen = Object.freeze(message(context));
  const messages = [null, 1, 'text', [], {}, { MessageAttributes: 'text' }, { MessageAttributes: throwing }, frozen];
  for (const Messages of [undefined, null, 'text', {}, messages]) {
    for (const input of [{}, { MessageAttributeNames: 'All', AttributeNames: 7 }]) {
      const output = { Messages };
      expect(receivedOutput(RECEIVE, input, output, BOTH)).toBe(output);
    }
  }
  expect(frozen).toEqual(message(context));
  expect(spanIdOf(frozen)).toBe(SPAN_ID);
});

describe('under dd-trace', () => {
  const underDatadog = (operation: typeof RECEIVE, output: object, settings = BOTH) =>
    receivedOutput(operation, {}, output, settings, true);
  const datadogOf = (given: object) =>
    (given as { MessageAttributes?: Record<string, { StringValue: string }> }).MessageAttributes?._datadog?.StringValue;

  test("what carries W3C's context alone has a _datadog, which only a look by that name shows", () => {
    const { traceparent, tracestate } = context;
    const given = message({ ...own, traceparent, tracestate });
    underDatadog(RECEIVE, { Messages: [given] }, settingsOf({}));
    expect(given).toEqual(message({ ...own, traceparent, tracestate }));
    expect(Object.keys(given.MessageAttributes as object)).toEqual([...Object.keys(own), 'traceparent', 'tracestate']);
    expect(JSON.parse(datadogOf(given) ?? '')).toMatchObject({ ...FIELDS, traceparent: traceparent.StringValue });
  });

  test('what is hidden from the application is not from dd-trace', () => {
    const given = message(context, { Body: eventBridgeEvent('{}') });
    underDatadog(RECEIVE, { Messages: [given] });
    expect(Object.keys(given)).toEqual(['MessageId', 'Body', 'MD5OfBody']);
    expect(JSON.parse(datadogOf(given) ?? '')).toMatchObject(FIELDS);
    expect(spanIdOf(given)).toBe(SPAN_ID);
  });

  test('a message without a context, and one with a _datadog, stay as they are', () => {
    const messages = [message(own), message(context), { Body: 'm' }];
    underDatadog(RECEIVE, { Messages: messages }, settingsOf({}));
    expect(messages).toStrictEqual([message(own), message(context), { Body: 'm' }]);
    expect(messages.map(datadogOf)).toEqual([undefined, JSON_FIELDS, undefined]);
  });

  test("a stream's record keeps its data, of which dd-trace looks at nothing else", () => {
    const Data = bytes(withMember('{}', '_datadog', JSON_FIELDS) ?? '');
    const record = { Data };
    underDatadog(GET_RECORDS, { Records: [record] });
    expect(record.Data).toBe(Data);
  });
});
