import {
  contextObject,
  type Delivery,
  eventBridgeDeliveries,
  eventBridgeEvent,
  kinesisDeliveries,
  kinesisRecord,
  snsDeliveries,
  snsEnvelope,
  snsRecord,
  sqsDeliveries,
  sqsRecord,
  stepFunctionsDeliveries,
} from '../../unit/deliveries.ts';
import { eventSources } from '../../unit/events.ts';
import {
  bodyVectors,
  invocationVectors,
  lambdaEvents,
  requestVectors,
  snsVectors,
  sqsVectors,
} from '../../unit/vectors.ts';

/** What a function is called with. */
export interface Invocation {
  readonly name: string;
  readonly event: object;
  readonly clientContext?: unknown;
}

const TRACE_ID = '6b0305aa00000000079f1ce5c3953e3c';
const hex = (id: number) => id.toString(16).padStart(16, '0');
const traceparent = (id: number) => `00-${TRACE_ID}-${hex(id)}-01`;
const datadog = (id: number) => ({
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': String(id),
  'x-datadog-sampling-priority': '2',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000,_dd.p.dm=-4',
});
const string = (StringValue: string) => ({ DataType: 'String', StringValue });
const onAttributes = (id: number) => ({ _datadog: string(JSON.stringify(datadog(id))) });
const inW3c = (id: number) => ({ traceparent: string(traceparent(id)) });
const invalid = { ...datadog(9), 'x-datadog-trace-id': '0' };
const inDetail = (fields: object) => eventBridgeEvent(JSON.stringify({ order: 1, _datadog: fields }));
const header = (id: number, root = '00000000079f1ce5c3953e3c') => ({
  attributes: { AWSTraceHeader: `Root=1-6b0305aa-${root};Parent=${hex(id)};Sampled=1` },
});
const batch = (...Records: object[]) => ({ Records });
const numbers = '"x-datadog-trace-id":13580154329220253476,"x-datadog-parent-id":18207688533711386874';

/** What is in no capture: several contexts at once, invalid ones, W3C's alone. */
const OTHERS: readonly (readonly [name: string, event: object, clientContext?: unknown])[] = [
  [
    'an envelope, attributes and a header',
    batch({ ...sqsRecord(snsEnvelope('m', onAttributes(1)), onAttributes(2)), ...header(3) }),
  ],
  [
    "EventBridge's, attributes and a header",
    batch({ ...sqsRecord(inDetail(datadog(1)), onAttributes(2)), ...header(3) }),
  ],
  ['attributes and a header', batch({ ...sqsRecord('m', onAttributes(2)), ...header(3) })],
  ['a header', batch({ ...sqsRecord('m'), ...header(3) })],
  ["a header of X-Ray's own", batch({ ...sqsRecord('m'), ...header(3, '12345678079f1ce5c3953e3c') })],
  ['an empty envelope and attributes', batch(sqsRecord(snsEnvelope('m'), onAttributes(2)))],
  ['an empty envelope and a header', batch({ ...sqsRecord(snsEnvelope('m')), ...header(3) })],
  [
    "an empty event of EventBridge's and attributes",
    batch(sqsRecord(eventBridgeEvent('{"order":1}'), onAttributes(2))),
  ],
  [
    'an invalid envelope and attributes',
    batch(sqsRecord(snsEnvelope('m', { _datadog: string(JSON.stringify(invalid)) }), onAttributes(2))),
  ],
  [
    'invalid attributes and a header',
    batch({ ...sqsRecord('m', { _datadog: string(JSON.stringify(invalid)) }), ...header(3) }),
  ],
  ['attributes that are no JSON, and a header', batch({ ...sqsRecord('m', { _datadog: string('{') }), ...header(3) })],
  [
    'both key sets in one trace',
    batch(sqsRecord('m', { _datadog: string(JSON.stringify({ ...datadog(1), traceparent: traceparent(2) })) })),
  ],
  [
    'both key sets in two traces',
    batch(
      sqsRecord('m', {
        _datadog: string(JSON.stringify({ ...datadog(1), traceparent: `00-${'a'.repeat(32)}-${hex(2)}-01` })),
      }),
    ),
  ],
  [
    'W3C keys alone in _datadog',
    batch(sqsRecord('m', { _datadog: string(JSON.stringify({ traceparent: traceparent(1) })) })),
  ],
  [
    'no priority',
    batch(
      sqsRecord('m', { _datadog: string(JSON.stringify({ ...datadog(1), 'x-datadog-sampling-priority': undefined })) }),
    ),
  ],
  ['W3C attributes alone', batch(sqsRecord('m', inW3c(1)))],
  ['W3C attributes beside _datadog', batch(sqsRecord('m', { ...onAttributes(1), ...inW3c(2) }))],
  ['W3C alone in an envelope', batch(sqsRecord(snsEnvelope('m', inW3c(1))))],
  ['W3C alone from a topic', batch(snsRecord('m', inW3c(1)))],
  ["W3C alone in EventBridge's detail", JSON.parse(eventBridgeEvent(`{"traceparent":"${traceparent(1)}"}`))],
  ["W3C alone in Kinesis' data", batch(kinesisRecord(`{"traceparent":"${traceparent(1)}"}`))],
  ['the second record alone', batch(sqsRecord('m'), sqsRecord('m', onAttributes(2)))],
  ['the second record alone, from a topic', batch(snsRecord('m'), snsRecord('m', onAttributes(2)))],
  [
    'the second record alone, from a stream',
    batch(kinesisRecord('{}'), kinesisRecord(JSON.stringify({ _datadog: datadog(2) }))),
  ],
  ['two records', batch(sqsRecord('m', onAttributes(1)), sqsRecord('m', onAttributes(2)))],
  ['numbers for ids', batch(sqsRecord('m', { _datadog: string(`{${numbers},"x-datadog-sampling-priority":1}`) }))],
  [
    "numbers for ids in EventBridge's body",
    batch(sqsRecord(eventBridgeEvent(`{"_datadog":{${numbers},"x-datadog-sampling-priority":1}}`))),
  ],
  ['a header twice', { headers: null, multiValueHeaders: { traceparent: [traceparent(1), traceparent(2)] } }],
  [
    'a header in capitals',
    { headers: { 'X-DATADOG-TRACE-ID': '5', 'X-Datadog-Parent-Id': '6', 'X-Datadog-Sampling-Priority': '1' } },
  ],
  ['a request without one, and a client context', { headers: { accept: '*/*' } }, { custom: datadog(2) }],
  ['an event without one, and a client context', JSON.parse(eventBridgeEvent('{}')), { custom: datadog(2) }],
  ['a client context', { order: 1 }, { custom: datadog(2) }],
  ['a client context with _datadog', { order: 1 }, { custom: { ...datadog(3), _datadog: datadog(2) } }],
  ['a client context with W3C alone', { order: 1 }, { custom: { traceparent: traceparent(2) } }],
  ['a client context in capitals', { order: 1 }, { Custom: datadog(2) }],
  ['a batch without one, and a client context', batch(sqsRecord('m')), { custom: datadog(2) }],
  ['a context object', contextObject({ order: 1 })],
  ['a context object of a third try', contextObject({ order: 1 }, 2)],
  ['a context object as a payload', { Payload: contextObject({ order: 1 }) }],
  ['a context object in _datadog', { order: 1, _datadog: contextObject({ order: 1 }) }],
  ['a context object of an execution that a trace has started', contextObject({ order: 1, _datadog: datadog(2) })],
  [
    'a context object with the root execution beside it',
    {
      _datadog: {
        ...contextObject({}),
        RootExecutionId: 'arn:aws:states:us-east-1:123456789012:execution:root:1',
        'serverless-version': 'v1',
      },
    },
  ],
  [
    'a context object with the trace beside it',
    { _datadog: { ...contextObject({}), ...datadog(2), 'serverless-version': 'v1' } },
  ],
  ['a context object with neither beside it', { _datadog: { ...contextObject({}), 'serverless-version': 'v1' } }],
  ['a context object without a state', { Execution: contextObject({}).Execution }],
  ['an empty batch', batch()],
  ['nothing', {}],
];

/** Of the others what they bring is among the captures. */
const SOURCES = ['api-gateway-authorizer', 'kafka-self-managed', 'msk'];

/** Every capture in each shape in which it reaches a function, and the others. */
export function invocations(): Invocation[] {
  const captured: [file: string, deliveries: Delivery[]][] = [
    ...sqsVectors().map(({ file, attributes }) => [file, sqsDeliveries(attributes)] as [string, Delivery[]]),
    ...snsVectors().map(({ file, attributes }) => [file, snsDeliveries(attributes)] as [string, Delivery[]]),
    ...bodyVectors().map(({ file, kind, text }) => [file, BODY_DELIVERIES[kind](text)] as [string, Delivery[]]),
  ];
  return [
    ...captured.flatMap(([file, deliveries]) =>
      deliveries.flatMap(({ how, event }) => (event ? [{ name: `${file} ${how}`, event }] : [])),
    ),
    ...invocationVectors().map(({ file, payload, clientContext }) => ({ name: file, event: payload, clientContext })),
    ...requestVectors().map(({ file, event }) => ({ name: file, event })),
    ...lambdaEvents().map(({ file, event }) => ({ name: file, event })),
    ...eventSources()
      .filter(({ name }) => SOURCES.includes(name))
      .flatMap(({ name, empty, events }) => [
        ...events.map(({ event, clientContext }, index) => ({ name: `${name} ${index}`, event, clientContext })),
        ...empty.map((event, index) => ({ name: `${name} ${index}, empty`, event: event as object })),
      ]),
    ...OTHERS.map(([name, event, clientContext]) => ({ name, event, clientContext })),
  ];
}

const BODY_DELIVERIES = {
  kinesis: kinesisDeliveries,
  eventbridge: eventBridgeDeliveries,
  stepfunctions: stepFunctionsDeliveries,
};
