// The spans that Datadog's own layer for Lambda infers from an event, beside those that ours does.
import { trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { lambdaInstrumentationConfig } from '../../src/index.ts';
import { type DatadogSpan, ExportingDatadogLambda } from '../peers/datadog-lambda-js/datadog-lambda-js.ts';
import { eventBridgeEvent, kinesisRecord, snsEnvelope, snsRecord, sqsRecord } from '../unit/deliveries.ts';
import {
  bucketRecord,
  httpApiEvent,
  restApiEvent,
  scheduledEvent,
  tableRecord,
  urlEvent,
  webSocketEvent,
} from '../unit/managed-events.ts';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
afterEach(() => exporter.reset());
afterAll(() => provider.shutdown());

const datadog = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '167372598629952624',
  'x-datadog-sampling-priority': '1',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000',
};
const onAttributes = { _datadog: { DataType: 'String', StringValue: JSON.stringify(datadog) } };
const inDetail = eventBridgeEvent(JSON.stringify({ order: 1, _datadog: datadog }));
const batch = (...Records: object[]) => ({ Records });

/** The layer does not look for a context that deep. */
const NOT_JOINED_BY_THEIRS = 'EventBridge, then SNS, then SQS';

/** How many spans are inferred, and what from. */
const EVENTS: readonly (readonly [name: string, spans: number, event: object])[] = [
  ['SQS', 1, batch(sqsRecord('hello', onAttributes))],
  ['SQS, no context', 1, batch(sqsRecord('hello'))],
  ['SQS, two records', 1, batch(sqsRecord('hello', onAttributes), sqsRecord('again', onAttributes))],
  ['SNS, then SQS', 2, batch(sqsRecord(snsEnvelope('hello', onAttributes)))],
  ['SNS, then SQS, no context', 2, batch(sqsRecord(snsEnvelope('hello')))],
  [NOT_JOINED_BY_THEIRS, 2, batch(sqsRecord(snsEnvelope(inDetail)))],
  ['EventBridge, then SQS', 2, batch(sqsRecord(inDetail))],
  ['EventBridge, then SQS, no context', 1, batch(sqsRecord(eventBridgeEvent('{"order":1}')))],
  ['SNS', 1, batch(snsRecord('hello', onAttributes))],
  ['EventBridge', 1, JSON.parse(inDetail)],
  ['EventBridge, no context', 1, JSON.parse(eventBridgeEvent('{"order":1}'))],
  ['Kinesis', 1, batch(kinesisRecord(JSON.stringify({ order: 1, _datadog: datadog })))],
  ['DynamoDB', 1, batch(tableRecord())],
  ['S3', 1, batch(bucketRecord())],
  ['a REST API', 1, restApiEvent(datadog)],
  ['a REST API, asynchronously', 1, restApiEvent({ ...datadog, 'X-Amz-Invocation-Type': 'Event' })],
  ['an HTTP API', 1, httpApiEvent(datadog)],
  ['an HTTP API with a route', 1, httpApiEvent(datadog, 'POST /orders/{id}')],
  ['a websocket', 1, webSocketEvent(datadog)],
  ['a function URL', 1, urlEvent(datadog)],
  ['a schedule', 0, scheduledEvent()],
  ['a load balancer', 0, { requestContext: { elb: { targetGroupArn: 'arn' } }, httpMethod: 'GET', headers: datadog }],
  ['an invocation', 0, { order: 1 }],
  ['an empty batch', 0, batch()],
];

const ENVIRONMENTS: readonly Record<string, string>[] = [
  {},
  { DD_SERVICE: 'billing', DD_SERVICE_MAPPING: 'orders:mapped,lambda_kinesis:stream, shop : bus ,api1:api,a:b:c,' },
  { DD_SERVICE: 'billing', DD_TRACE_REMOVE_INTEGRATION_SERVICE_NAMES_ENABLED: 'true' },
  { DD_TRACE_AWS_SERVICE_REPRESENTATION_ENABLED: 'false' },
];

describe.each(ENVIRONMENTS)('%j', (env) => {
  test("Datadog's layer and ours infer the same spans", async () => {
    const layer = await ExportingDatadogLambda.start(env);
    try {
      for (const [name, count, event] of EVENTS) {
        const theirs = (await layer.invoke(event)).map(theirReading);
        if (name === NOT_JOINED_BY_THEIRS) theirs[0] = { ...(theirs[0] as Reading), parent: '0252a07dde78ec70' };
        const ours = ourSpans(event, env).map(ourReading);
        expect(ours, name).toEqual(theirs);
        expect(ours, name).toHaveLength(count + 1);
      }
    } finally {
      await layer.close();
    }
  });
});

/** As contrib calls the hooks. */
function ourSpans(event: object, env: Record<string, string>): ReadableSpan[] {
  exporter.reset();
  const context = {
    functionName: 'billing',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:billing',
    awsRequestId: 'request',
  };
  const hooks = lambdaInstrumentationConfig({}, { inferredSpans: true, env });
  const span = trace.getTracer('test').startSpan('aws.lambda', {}, hooks.eventContextExtractor(event, context));
  hooks.requestHook(span, { event, context });
  hooks.responseHook(span, { res: { order: 1 } });
  span.end();
  return exporter.getFinishedSpans();
}

interface Reading {
  readonly name: string;
  /** In milliseconds; of the invocation's own span nothing is compared but what it hangs on. */
  readonly start: number | undefined;
  readonly resource: unknown;
  readonly service: unknown;
  readonly type: unknown;
  /** The name of the span above it, or the id of the one that sent. */
  readonly parent: string | undefined;
  readonly tags: Readonly<Record<string, unknown>>;
}

/** Tags that say nothing of the service: dd-trace's own, what each call has of its own, and what another tag says too. */
const NO_TAGS =
  /^(?:_dd\..*|service|runtime-id|language|process_id|_sampling_priority_v1|request_id|operation_name|resource_names|version)$/;
/** With it a message can be taken off the queue, and it is as long as all other tags together. */
const LEFT_OUT = 'receipt_handle';
/** Of what answers otherwise than API Gateway expects, the layer has an opinion. */
const STATUS = 'http.status_code';

function theirReading(span: DatadogSpan, _index: number, spans: DatadogSpan[]): Reading {
  const parent = spans.find(({ spanId }) => spanId === span.parentId);
  const isOwn = span.name === 'aws.lambda';
  const others = Object.entries({ ...span.meta, ...span.metrics }).filter(
    ([name]) => !NO_TAGS.test(name) && name !== LEFT_OUT && name !== STATUS && name !== 'span.kind',
  );
  return {
    name: span.name,
    start: isOwn ? undefined : span.start / 1e6,
    resource: isOwn ? undefined : span.resource,
    service: isOwn ? undefined : span.service,
    type: isOwn ? undefined : span.type,
    parent: parent?.name ?? (span.parentId === '0000000000000000' ? undefined : span.parentId),
    tags: isOwn ? {} : Object.fromEntries(others),
  };
}

function ourReading(span: ReadableSpan, _index: number, spans: ReadableSpan[]): Reading {
  const parent = spans.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId);
  const {
    'operation.name': operation,
    'resource.name': resource,
    'service.name': service,
    'span.type': type,
    ...tags
  } = span.attributes;
  const isOwn = span.name === 'aws.lambda';
  if (!isOwn) expect(operation).toBe(span.name);
  const [seconds, nanos] = span.startTime;
  return {
    name: span.name,
    start: isOwn ? undefined : seconds * 1e3 + nanos / 1e6,
    resource,
    service,
    type,
    parent: parent?.name ?? span.parentSpanContext?.spanId,
    tags: Object.fromEntries(Object.entries(tags).filter(([name]) => !NO_TAGS.test(name))),
  };
}
