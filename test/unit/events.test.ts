import { ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { extractEventContext, getExtractedLinks } from '../../src/index.ts';
import { emptyEvents, eventSources, eventVectors } from './events.ts';
import { authorizerVectors, bodyVectors, invocationVectors, kafkaVectors, snsVectors, sqsVectors } from './vectors.ts';
import { carriedBy, extractedTo, type Fields, fieldsOn } from './wire-formats.ts';

const DATADOG = ['dd-trace-go', 'dd-trace-java', 'dd-trace-js', 'dd-trace-py', 'php by hand'];
const ALL = ['OpenTelemetry JS', 'OpenTelemetry Java', 'OpenTelemetry Python', ...DATADOG];
const ON_BUSES = ['dd-trace-go', 'dd-trace-java', 'dd-trace-js', 'dd-trace-py'];

test('each source has an event of every tracer that writes on what it brings', () => {
  const tracers = eventSources().map(({ name, events }) => [
    name,
    [...new Set(events.map(({ tracer }) => tracer))].sort(),
  ]);
  expect(Object.fromEntries(tracers)).toEqual({
    alb: ALL,
    'api-gateway-authorizer': ['dd-trace-js'],
    'api-gateway-v1': ALL,
    'api-gateway-v2': ALL,
    dynamodb: [],
    eventbridge: ON_BUSES,
    'eventbridge-sqs': ON_BUSES,
    'function-url': ALL,
    invoke: ['OpenTelemetry JS', 'OpenTelemetry Python', 'dd-trace-js', 'dd-trace-py'],
    'kafka-self-managed': ['OpenTelemetry JS', 'dd-trace-js'],
    kinesis: ['dd-trace-go', 'dd-trace-js', 'dd-trace-py'],
    msk: ['OpenTelemetry JS', 'dd-trace-js'],
    s3: [],
    schedule: [],
    sns: ALL,
    'sns-sqs-envelope': ALL,
    'sns-sqs-raw': ALL,
    sqs: ALL,
    'sqs-batch': ALL,
    'sqs-dead-letter': ALL,
    'sqs-fifo': ALL,
    'step-functions': ON_BUSES,
  });
  expect(eventSources().filter(({ empty }) => empty.length === 0)).toEqual([]);
});

const captured: readonly { file: string; fields: Fields }[] = [
  ...[...sqsVectors(), ...snsVectors()].map(({ file, attributes }) => ({ file, fields: fieldsOn(attributes) })),
  ...bodyVectors().map(({ file, text }) => ({ file, fields: text.startsWith('{') ? JSON.parse(text)._datadog : {} })),
  ...invocationVectors().map(({ file, clientContext, payload }) => ({
    file,
    fields: (clientContext?.custom ?? payload.headers) as Fields,
  })),
  ...kafkaVectors().map(({ file, headers }) => ({ file, fields: headers })),
  ...authorizerVectors(),
];

describe.each(eventVectors())('$name', ({ _source, event, clientContext, expected: { links, ...parent } }) => {
  test('is in the trace of its capture', () => {
    const { traceId, priority } = parent;
    const inCapture = captured.flatMap(({ file, fields }) => (file === _source && fields && carriedBy(fields)) || []);
    expect(inCapture).toContainEqual(expect.objectContaining({ traceId, priority }));
  });

  test('has the parent, and the links, that it carries', () => {
    const context = extractEventContext(event, { clientContext });
    expect(extractedTo(context)).toMatchObject(parent);
    expect(getExtractedLinks(context).map(({ context: { traceId, spanId } }) => ({ traceId, spanId }))).toEqual(links);
  });
});

test.each(emptyEvents())('$name has none', ({ event }) => {
  expect(extractEventContext(event, {})).toBe(ROOT_CONTEXT);
});

test('what a function that authorizes requests has passed on counts, unless it is not to', () => {
  const events = eventVectors().filter(({ name }) => name.startsWith('api-gateway-authorizer'));
  expect(events.length).toBeGreaterThan(0);
  for (const { event, expected } of events) {
    for (const [value, read] of [
      ['true', true],
      ['false', false],
    ] as const) {
      const context = extractEventContext(event, {}, { env: { DD_DECODE_AUTHORIZER_CONTEXT: value } });
      expect(extractedTo(context)?.traceId === expected.traceId).toBe(read);
    }
  }
});
