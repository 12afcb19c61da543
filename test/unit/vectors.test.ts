import { type Context, defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { contextGetter } from '@opentelemetry/instrumentation-aws-sdk/build/src/services/MessageAttributes.js';
import { describe, expect, test } from 'vitest';
import type { MessageAttributes } from '../../src/carriers/message-attributes.ts';
import { DatadogPropagator, extractEventContext, extractMessageContext, getExtractedLinks } from '../../src/index.ts';
import { type Json, kafkaVectors, lambdaEvents, sqsVectors } from './vectors.ts';
import { carriedBy, carriedOnwardsBy, extractedTo, type Fields, fieldsOn } from './wire-formats.ts';

const propagator = new DatadogPropagator();
const vectors = sqsVectors();

const base64 = (text: string) => Buffer.from(text).toString('base64');
const emptyLists = { stringListValues: [], binaryListValues: [] };

/** How the same attribute looks from where it is read, and whether contrib's getter of the AWS SDK opens it. */
const SPELLINGS: [name: string, spelled: (text: string) => object, openedByContrib: boolean][] = [
  ['AWS SDK, String', (text) => ({ DataType: 'String', StringValue: text }), true],
  ['AWS SDK, Binary', (text) => ({ DataType: 'Binary', BinaryValue: new TextEncoder().encode(text) }), false],
  ['Lambda, String', (text) => ({ ...emptyLists, dataType: 'String', stringValue: text }), false],
  ['Lambda, Binary', (text) => ({ ...emptyLists, dataType: 'Binary', binaryValue: base64(text) }), false],
  ['SNS notification, String', (text) => ({ Type: 'String', Value: text }), true],
  ['SNS notification, Binary', (text) => ({ Type: 'Binary', Value: base64(text) }), false],
];

function spell(attributes: MessageAttributes, spelled: (text: string) => object): Record<string, object> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { StringValue = '' }]) => [name, spelled(StringValue)]),
  );
}

const inContext = vectors.filter(({ attributes }) => carriedBy(fieldsOn(attributes)) !== undefined);

test('the vectors are all there', () => {
  const count = (folder: string) => [
    vectors.filter(({ file }) => file.startsWith(`${folder}/`)).length,
    inContext.filter(({ file }) => file.startsWith(`${folder}/`)).length,
  ];
  const folders = ['js', 'python', 'java', 'go', 'php', 'php-manual', 'otel-java', 'otel-js', 'otel-python-boto3sqs'];
  // Messages, and those of them that carry a context.
  expect(Object.fromEntries(folders.map((folder) => [folder, count(folder)]))).toEqual({
    js: [3, 2],
    python: [8, 6],
    java: [6, 5],
    go: [6, 5],
    php: [5, 5],
    'php-manual': [2, 2],
    'otel-java': [6, 5],
    'otel-js': [3, 3],
    'otel-python-boto3sqs': [4, 3],
  });
});

test.each(inContext.filter(({ traceId }) => traceId !== undefined))(
  '$file $index is in the trace that its sender noted',
  ({ attributes, traceId }) => {
    expect(carriedBy(fieldsOn(attributes))?.traceId).toBe(traceId);
  },
);

describe.each(SPELLINGS)('SQS attributes as %s', (_name, spelled, openedByContrib) => {
  const withContribsGetter = vectors.filter(({ attributes }) => openedByContrib || '_datadog' in attributes);

  test.each(withContribsGetter)('$file $index ($source), read with the getter of contrib', ({ attributes }) => {
    const extracted = propagator.extract(ROOT_CONTEXT, spell(attributes, spelled), contextGetter);
    expect(extractedTo(extracted)).toEqual(carriedBy(fieldsOn(attributes)));
  });

  test.each(vectors)('$file $index ($source), read with the default getter', ({ attributes }) => {
    const extracted = propagator.extract(ROOT_CONTEXT, spell(attributes, spelled), defaultTextMapGetter);
    expect(extractedTo(extracted)).toEqual(carriedBy(fieldsOn(attributes)));
  });

  test.each(vectors)('$file $index ($source), read from the message and from an event', ({ attributes }) => {
    const expected = carriedBy(fieldsOn(attributes));
    const carrier = spell(attributes, spelled);
    expect(extractedTo(extractMessageContext({ MessageAttributes: carrier }))).toEqual(expected);
    expect(extractedTo(extractMessageContext({ messageAttributes: carrier }))).toEqual(expected);
    expect(extractedTo(extractEventContext({ Records: [{ messageAttributes: carrier }] }))).toEqual(expected);
  });
});

test.each(vectors.filter((vector) => !inContext.includes(vector)))(
  '$file $index carries nothing and leaves the context as it is',
  ({ attributes }) => {
    expect(propagator.extract(ROOT_CONTEXT, attributes, contextGetter)).toBe(ROOT_CONTEXT);
  },
);

test.each(lambdaEvents())('$file as it reached the function', ({ event }) => {
  const expected = event.Records.map(fieldsOnRecord).flatMap((fields) => carriedBy(fields) ?? []);
  const [parent, ...others] = new Set(expected.map(({ traceId, spanId }) => `${traceId}-${spanId}`));
  expect(parent).toBeDefined();

  const context = extractEventContext(event);

  expect(extractedTo(context)).toEqual(expected[0]);
  const links = getExtractedLinks(context).map(({ context }) => `${context.traceId}-${context.spanId}`);
  expect(links).toEqual(others);
});

/** In the record's attributes, or what SNS or EventBridge made of the message. */
function fieldsOnRecord({ body, messageAttributes }: Json): Fields {
  const { detail, MessageAttributes } = String(body).startsWith('{') ? JSON.parse(String(body)) : {};
  if (MessageAttributes) return JSON.parse(Buffer.from(MessageAttributes._datadog.Value, 'base64').toString());
  if (detail) return detail._datadog;
  return fieldsOn(
    Object.fromEntries(
      Object.entries(messageAttributes as Record<string, { dataType: string; stringValue: string }>).map(
        ([name, { dataType, stringValue }]) => [name, { DataType: dataType, StringValue: stringValue }],
      ),
    ),
  );
}

test.each(inContext)('$file $index ($source) is a remote parent, sampled as its priority says', ({ attributes }) => {
  const spanContext = trace.getSpanContext(propagator.extract(ROOT_CONTEXT, attributes, contextGetter));
  const priority = carriedBy(fieldsOn(attributes))?.priority ?? 0;
  expect(spanContext?.isRemote).toBe(true);
  expect((spanContext?.traceFlags ?? 0) % 2).toBe(priority > 0 ? 1 : 0);
});

test.each(inContext)('$file $index ($source) goes on into a text map as it came', ({ attributes }) => {
  expectToGoOn(propagator.extract(ROOT_CONTEXT, attributes, contextGetter), fieldsOn(attributes));
});

describe.each(kafkaVectors())('Kafka: $file $index ($source)', ({ headers }) => {
  const asBuffers = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));

  test.each([
    ['text', headers],
    ['bytes', asBuffers],
  ])('headers as %s', (_name, carrier) => {
    const extracted = propagator.extract<object>(ROOT_CONTEXT, carrier, defaultTextMapGetter);
    expect(carriedBy(headers)).toBeDefined();
    expect(extractedTo(extracted)).toEqual(carriedBy(headers));
    expectToGoOn(extracted, headers);
  });
});

function expectToGoOn(context: Context, inbound: Fields): void {
  const outbound: Fields = {};
  propagator.inject(context, outbound, defaultTextMapSetter);

  const expected = carriedOnwardsBy(inbound);
  expect(carriedOnwardsBy(outbound)).toEqual(expected);
  const w3cAlone = { traceparent: outbound.traceparent ?? '', tracestate: outbound.tracestate ?? '' };
  expect(carriedOnwardsBy(w3cAlone), 'W3C says the same as Datadog').toEqual({
    ...expected,
    upperHalf: expected?.upperHalf ?? '0'.repeat(16),
  });
}
