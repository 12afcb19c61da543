import { B3_HEADERS } from '../propagation/b3';
import { DATADOG_HEADERS } from '../propagation/datadog-headers';
import { TRACEPARENT } from '../propagation/traceparent';
import { AWS_TRACE_HEADER } from '../propagation/x-ray';
import { DATADOG_ATTRIBUTE } from './datadog-attribute';
import { isObject } from './is-object';
import { decodedData, fromFirstSign } from './json-body';
import { kafkaHeaders } from './kafka-record';
import { propertiesOf } from './properties-of';

/**
 * The text that the context on a message stands in, in each of the places that `carriersOfMessage` gives; empty where there is no sign of one. Of two messages
 * with the same text the contexts are the same. Nothing of it is parsed, so it may turn out to be none.
 */
export function contextText(message: unknown): string {
  const properties = propertiesOf(message);
  const { Sns, kinesis, Data, detail, headers } = properties;
  if (isObject(Sns)) return ofNotification(propertiesOf(Sns));
  if (isObject(kinesis)) return fromFirstSign(decodedData(propertiesOf(kinesis).data));
  if (Data !== undefined) return fromFirstSign(decodedData(Data));
  if (isObject(detail)) return ofFields(detail);
  if (Array.isArray(headers)) return ofFields(kafkaHeaders(headers));
  if (isObject(headers)) return ofFields(headers);
  return ofQueued(properties);
}

function ofNotification({ MessageAttributes, Message }: Readonly<Record<string, unknown>>): string {
  return ofFields(MessageAttributes) + fromFirstSign(Message);
}

function ofQueued(message: Readonly<Record<string, unknown>>): string {
  const { Body, body = Body, MessageAttributes, messageAttributes = MessageAttributes } = message;
  const { Attributes, attributes = Attributes } = message;
  const header = propertiesOf(attributes)[AWS_TRACE_HEADER];
  const padded = typeof header === 'string' && header.includes(PADDING) ? header : '';
  return fromFirstSign(body) + ofFields(messageAttributes) + padded;
}

/** Without it the header is X-Ray's own. */
const PADDING = '-00000000';

/** What can name a span. */
const NAMES: ReadonlySet<string> = new Set([DATADOG_ATTRIBUTE, TRACEPARENT, ...DATADOG_HEADERS, ...B3_HEADERS]);

function ofFields(carrier: unknown): string {
  const fields = propertiesOf(carrier);
  let text = '';
  for (const name in fields) if (NAMES.has(name)) text += `${name}:${ofField(fields[name])};`;
  return text;
}

/** An attribute's text, or its base64, in any of its spellings; a header's, or its bytes'. */
function ofField(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (Array.isArray(value)) return value.map(ofField).join();
  const { StringValue, stringValue = StringValue, Value = stringValue } = propertiesOf(value);
  if (typeof Value === 'string') return Value;
  const { BinaryValue, binaryValue = BinaryValue } = propertiesOf(value);
  return typeof binaryValue === 'string' || binaryValue instanceof Uint8Array
    ? ofField(binaryValue)
    : JSON.stringify(value);
}
