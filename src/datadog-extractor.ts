import { types } from 'node:util';
import { diag } from '@opentelemetry/api';
import { DATADOG_ATTRIBUTE, formatDatadogAttribute } from './carriers/datadog-attribute';
import { fieldsForDatadog } from './carriers/fields-for-datadog';
import { isObject } from './carriers/is-object';
import { kafkaRecords } from './carriers/kafka-record';
import { carriersOfEvent, carriersOfMessage } from './carriers/message-carriers';
import { propertiesOf } from './carriers/properties-of';
import { addUnseen } from './carriers/unseen-property';
import { propagatorConfiguration } from './configuration/propagation';
import { PARENT_ID, SAMPLING_PRIORITY, TRACE_ID } from './propagation/datadog-headers';
import type { Fields } from './propagation/fields';
import { AWS_TRACE_HEADER } from './propagation/x-ray';

/** What a custom extractor of datadog-lambda-js returns; ids are decimal and have 64 bits. */
export interface DatadogTraceContext {
  readonly traceId: string;
  readonly parentId: string;
  readonly sampleMode: number;
  readonly source: 'event';
}

/**
 * A trace extractor for Datadog's Lambda layer for Node, which reads `traceparent` in no event but HTTP's:
 * `DD_TRACE_EXTRACTOR=node_modules/otel-datadog-bridge/dist/datadog-extractor.extract`.
 *
 * The first record of SQS and SNS, and an event of EventBridge's, that carries W3C's context alone gets a `_datadog` which nothing but a look by
 * that name shows, and the result is `null`: the layer then joins by itself, with 128 bits. Where there is no place for one (Kinesis' data, Kafka's headers, which the layer does not read at all,
 * EventBridge's body in a queue, what is frozen or a proxy), the result is the lower half of the trace's id, all that the layer takes. What the layer reads without
 * this stays as it is. Never throws.
 * https://github.com/DataDog/datadog-lambda-js/blob/main/src/trace/context/extractor.ts
 */
export function extract(event: unknown, lambdaContext?: unknown): DatadogTraceContext | null {
  try {
    if (isReadElsewhere(event, lambdaContext)) return null;
    const { Records } = propertiesOf(event);
    const record: unknown = Array.isArray(Records) ? Records[0] : kafkaRecords(event)?.[0];
    const carriers = [...(record === undefined ? carriersOfEvent(event) : carriersOfMessage(record))];
    if (carriers.some((carrier) => DATADOG_ATTRIBUTE in carrier)) return null;
    const fields = fieldsForDatadog(carriers.filter((carrier) => !(AWS_TRACE_HEADER in carrier)));
    if (fields === undefined || isOfOtherSpan(carriers, fields)) return null;
    return isAdded(event, record, fields) ? null : lowerHalf(fields);
  } catch (error) {
    diag.debug('otel-datadog-bridge: the event cannot be read', error);
    return null;
  }
}

/** Whether the layer looks for a context in headers, in what a state machine passes on or in the client context. */
function isReadElsewhere(event: unknown, lambdaContext: unknown): boolean {
  const { headers, multiValueHeaders, Execution, Payload, _datadog } = propertiesOf(event);
  const { custom } = propertiesOf(propertiesOf(lambdaContext).clientContext);
  return isObject(headers ?? multiValueHeaders) || [Execution, Payload, _datadog, custom].some(isObject);
}

/**
 * Whether the layer reads another span in X-Ray's header, in the form that it takes for Datadog's. That of OpenTelemetry's agent for Java has this form in
 * traces which Datadog began: the same span as in `traceparent`, with half of the trace's id, and without its priority.
 */
function isOfOtherSpan(carriers: readonly object[], fields: Fields): boolean {
  const read = fieldsForDatadog(carriers.filter((carrier) => AWS_TRACE_HEADER in carrier));
  return read !== undefined && [TRACE_ID, PARENT_ID].some((name) => read[name] !== fields[name]);
}

/** Whether the fields now stand where the layer reads them. */
function isAdded(event: unknown, record: unknown, fields: Fields): boolean {
  if (record === undefined) {
    const { 'detail-type': detailType, detail } = propertiesOf(event);
    return detailType !== undefined && isAddedTo([event, detail], fields);
  }
  const { Sns, eventSource, body, messageAttributes } = propertiesOf(record);
  const text = formatDatadogAttribute(fields);
  if (Sns !== undefined) {
    const path = [event, record, Sns, propertiesOf(Sns).MessageAttributes];
    return isAddedTo(path, { Type: 'String', Value: text });
  }
  if (eventSource !== 'aws:sqs' || isBodyOfEventBridge(body)) return false;
  return isAddedTo([event, record, messageAttributes], { stringValue: text, dataType: 'String' });
}

/** To the last object on the path, unless that or one before it might notice. */
function isAddedTo(path: readonly unknown[], value: unknown): boolean {
  const holder = path.at(-1);
  if (!isObject(holder) || !Object.isExtensible(holder) || path.some(types.isProxy)) return false;
  addUnseen(holder, DATADOG_ATTRIBUTE, value);
  return true;
}

/** What the layer takes for EventBridge's, whose message it does not look at beside the body. */
function isBodyOfEventBridge(body: unknown): boolean {
  if (typeof body !== 'string' || !body.includes('detail-type')) return false;
  try {
    const { 'detail-type': detailType, Type, TopicArn } = propertiesOf(JSON.parse(body));
    return detailType !== undefined && !(Type === 'Notification' && TopicArn);
  } catch {
    return false;
  }
}

/** By this way the layer does not ask dd-trace, whose configuration may be to follow no context that comes in. */
function lowerHalf(fields: Fields): DatadogTraceContext | null {
  const { [TRACE_ID]: traceId, [PARENT_ID]: parentId, [SAMPLING_PRIORITY]: priority } = fields;
  if (traceId === undefined || parentId === undefined) return null;
  if (propagatorConfiguration({}).extractBehavior !== 'continue') return null;
  return { traceId, parentId, sampleMode: Number(priority), source: 'event' };
}
