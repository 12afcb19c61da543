// `awsSdkPlugin()` in a worker that dd-trace traces.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AwsSdkPluginOptions } from '../../src/index.ts';
import { messages, success } from '../peers/aws-api/answers.ts';
import { type SentMessage, sentMessages } from '../peers/aws-api/sent-messages.ts';
import { type AwsApi, type AwsRequest, startAwsApi } from '../peers/aws-api/server.ts';
import { DdTraceWorker, type SendOperation } from '../peers/dd-trace-js/worker.ts';
import type { WireMessage } from '../peers/sqs-protocol.ts';
import { eventBridgeEvent, snsEnvelope } from '../unit/deliveries.ts';
import { bodyDeliveries, capturedDeliveries, type W3cDelivery } from './datadog-side/w3c-alone.ts';

const OTEL_API = { DD_TRACE_OTEL_ENABLED: 'true' };
const BODIES: AwsSdkPluginOptions = { bodyCarriers: ['eventbridge'] };

let aws: AwsApi;
let queued: WireMessage = { Body: '' };
let requests: AwsRequest[] = [];
const workers = new Map<string, Promise<DdTraceWorker>>();

beforeAll(async () => {
  aws = await startAwsApi((request) => {
    if (request.operation === 'ReceiveMessage') return messages(request, queued);
    requests.push(request);
    return success(request);
  });
});
afterAll(async () => {
  for (const worker of workers.values()) await (await worker).close();
  await aws?.close();
});

/** The worker with these options and variables, started once. */
function workerWith(options?: AwsSdkPluginOptions, env: Record<string, string> = {}): Promise<DdTraceWorker> {
  const key = JSON.stringify([options, env]);
  const worker = workers.get(key) ?? DdTraceWorker.start(options, env);
  workers.set(key, worker);
  return worker;
}

async function receive(worker: DdTraceWorker, message: WireMessage, attributeNames?: string[]) {
  queued = message;
  return worker.receive(aws.endpoint, `${aws.endpoint}/000000000000/queue`, attributeNames);
}

/** As a queue's answer spells it. */
function onWire({ message }: W3cDelivery): WireMessage | undefined {
  const { Body, MessageAttributes = {} } = (message ?? {}) as {
    Body?: string;
    MessageAttributes?: Record<string, { DataType: string; StringValue?: string; BinaryValue?: Uint8Array }>;
  };
  if (Body === undefined) return undefined;
  const attributes = Object.entries(MessageAttributes).map(([name, { BinaryValue, ...rest }]) => [
    name,
    { ...rest, ...(BinaryValue && { BinaryValue: Buffer.from(BinaryValue).toString('base64') }) },
  ]);
  return { Body, MessageAttributes: Object.fromEntries(attributes) };
}

const isEnveloped = ({ Body }: WireMessage) => Body.includes('"Notification"');

test('a worker under dd-trace joins the messages of plain OpenTelemetry, and its application sees no more than before', async () => {
  const [plugged, alone] = await Promise.all([workerWith(BODIES), workerWith()]);
  let joined = 0;
  for (const delivery of [...capturedDeliveries(), ...bodyDeliveries()]) {
    const wire = onWire(delivery);
    if (wire === undefined) continue;
    const { name, traceId, spanId } = delivery;
    const { parent, message } = await receive(plugged, wire, ['All']);
    const without = await receive(alone, wire, ['All']);
    expect(without.parent, name).toBe(null);
    expect(message).toEqual(without.message);
    expect((await receive(plugged, wire)).parent, `${name}, asked for nothing`).toEqual(parent);
    // Of an envelope dd-trace reads the body, which is the application's.
    if (isEnveloped(wire)) expect(parent, name).toBe(null);
    else expect({ name, ...parent }).toEqual({ name, traceId, spanId, priority: 1, origin: null });
    joined += isEnveloped(wire) ? 0 : 1;
  }
  expect(joined).toBeGreaterThan(10);
});

const SPAN_ID = '2c8a5f3e1d4b6a79';
const TRACE_ID = '6b0305aa00000000079f1ce5c3953e3c';
const FIELDS = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': String(BigInt(`0x${SPAN_ID}`)),
  'x-datadog-sampling-priority': '2',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000,_dd.p.dm=-4',
};
const PARENT = { traceId: TRACE_ID, spanId: SPAN_ID, priority: 2, origin: null };
const attribute = (StringValue: string) => ({ DataType: 'String', StringValue });
const _datadog = attribute(JSON.stringify(FIELDS));
const other = attribute(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
const binary = { DataType: 'Binary', BinaryValue: Buffer.from(JSON.stringify(FIELDS)).toString('base64') };
const event = eventBridgeEvent(JSON.stringify({ order: 1, _datadog: FIELDS }));

test.each<[name: string, message: WireMessage]>([
  ['_datadog', { Body: 'm', MessageAttributes: { _datadog } }],
  ["_datadog beside W3C's of another trace", { Body: 'm', MessageAttributes: { _datadog, traceparent: other } }],
  [
    '_datadog in an envelope',
    { Body: snsEnvelope('m', { _datadog: { DataType: 'Binary', StringValue: _datadog.StringValue } }) },
  ],
  ['_datadog as bytes', { Body: 'm', MessageAttributes: { _datadog: binary } }],
  ["_datadog in EventBridge's body", { Body: event, MessageAttributes: { traceparent: other } }],
])('it still reads %s, also where the plugin takes that off the message', async (_name, message) => {
  const alone = await receive(await workerWith(), message, ['All']);
  expect(alone.parent).toEqual(PARENT);
  for (const options of [BODIES, { hideAttributes: true, stripInjectedContext: true }]) {
    const { parent, message: given } = await receive(await workerWith(options), message, ['All']);
    expect(parent).toEqual(PARENT);
    if ('hideAttributes' in options) {
      expect(given.MessageAttributes).toBe(undefined);
      if (message.Body === event) expect(given.Body).toBe(eventBridgeEvent('{"order":1}'));
    } else expect(given).toEqual(alone.message);
  }
});

test('a message without a context starts a trace, also where its _datadog is none', async () => {
  const worker = await workerWith(BODIES);
  for (const MessageAttributes of [
    {},
    { kind: attribute('order') },
    { _datadog: attribute('{}') },
    { traceparent: attribute('no') },
  ]) {
    expect((await receive(worker, { Body: 'm', MessageAttributes }, ['All'])).parent).toBe(null);
  }
});

const SENDS: [operation: SendOperation, input: (queueUrl: string) => object][] = [
  ['SendMessage', (QueueUrl) => ({ QueueUrl, MessageBody: 'm', MessageAttributes: { kind: attribute('order') } })],
  ['SendMessageBatch', (QueueUrl) => ({ QueueUrl, Entries: ['1', '2'].map((Id) => ({ Id, MessageBody: 'm' })) })],
  ['Publish', () => ({ TopicArn: 'arn:aws:sns:us-east-1:000000000000:topic', Message: 'm' })],
  ['PutEvents', () => ({ Entries: [{ Source: 'shop', DetailType: 'order', Detail: '{"order":1}' }] })],
];

async function sent(worker: DdTraceWorker, [operation, input]: (typeof SENDS)[number]) {
  requests = [];
  const traceId = await worker.send(aws.endpoint, operation, input(`${aws.endpoint}/000000000000/queue`));
  const [request] = requests;
  if (request === undefined || requests.length !== 1) throw new Error('one request is what there should be');
  return {
    traceId,
    sent: sentMessages(request),
    hasW3cBeside: /"traceparent":\{|=traceparent/.test(request.body.toString()),
  };
}

const tidOf = ({ context }: SentMessage) => /_dd\.p\.tid=([0-9a-f]{16})/.exec(context['x-datadog-tags'] ?? '')?.[1];

describe.each([
  ['dd-trace', {}],
  ["dd-trace behind OpenTelemetry's API", OTEL_API],
  ["dd-trace behind OpenTelemetry's API, with data streams", { ...OTEL_API, DD_DATA_STREAMS_ENABLED: 'true' }],
])('a worker under %s', (_name, env: Record<string, string>) => {
  test.each(SENDS)("sends one context with %s, dd-trace's", async (...send) => {
    const plugged = await sent(await workerWith(BODIES, env), send);
    const alone = await sent(await workerWith(undefined, env), send);
    expect(plugged.hasW3cBeside).toBe(false);
    // Of a batch dd-trace writes on the first entry alone, unless it has a pathway for the others.
    expect(plugged.sent.map(({ written }) => written)).toEqual(alone.sent.map(({ written }) => written));
    expect(plugged.sent.map(({ context }) => Object.keys(context))).toEqual(
      alone.sent.map(({ context }) => Object.keys(context)),
    );
    const [first] = plugged.sent as [SentMessage];
    expect(
      `${tidOf(first)}${BigInt(first.context['x-datadog-trace-id'] ?? '')
        .toString(16)
        .padStart(16, '0')}`,
    ).toBe(plugged.traceId);
    expect('dd-pathway-ctx-base64' in first.context).toBe('DD_DATA_STREAMS_ENABLED' in env);
  });
});

test('where dd-trace is told to leave the AWS SDK alone, the plugin writes, and each entry', async () => {
  const env = { ...OTEL_API, DD_TRACE_DISABLED_PLUGINS: 'aws-sdk' };
  const {
    traceId,
    sent: entries,
    hasW3cBeside,
  } = await sent(await workerWith(BODIES, env), ['SendMessageBatch', SENDS[1]?.[1] as never]);
  expect(entries.map(({ context }) => context.traceparent?.slice(3, 35))).toEqual([traceId, traceId]);
  expect(hasW3cBeside).toBe(true);
});

test('with data streams it joins plain OpenTelemetry too', async () => {
  const worker = await workerWith(BODIES, { ...OTEL_API, DD_DATA_STREAMS_ENABLED: 'true' });
  const traceparent = attribute(`00-${TRACE_ID}-${SPAN_ID}-01`);
  const { parent } = await receive(worker, { Body: 'm', MessageAttributes: { traceparent } });
  expect(parent).toEqual({ ...PARENT, priority: 1 });
});
