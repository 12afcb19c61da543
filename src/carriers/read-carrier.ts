import type { TextMapGetter } from '@opentelemetry/api';
import { DATADOG_HEADERS } from '../propagation/datadog-headers';
import type { ReadField } from '../propagation/fields';
import { FIELD_NAMES } from '../propagation/text-map';
import { TRACEPARENT } from '../propagation/traceparent';
import { AWS_TRACE_HEADER } from '../propagation/x-ray';
import { DATADOG_ATTRIBUTE, parseDatadogAttribute, textMapOf } from './datadog-attribute';
import { isObject } from './is-object';
import { readMessageAttribute } from './message-attributes';

/**
 * Where any carrier, a text map or the attributes of a message, may hold fields: inside its `_datadog`, and then beside it.
 */
export function fieldSources<Carrier>(carrier: Carrier, getter: TextMapGetter<Carrier>): ReadField[] {
  const inside = readDatadogAttribute(carrier, getter);
  if (inside !== undefined && hasAllBeside(inside, carrier)) return [inside];
  const beside: ReadField = (name) => textOf(getter.get(carrier, name));
  return inside ? [inside, beside] : (queuedSources(carrier, getter, beside) ?? [beside]);
}

const NAMES_BESIDE: ReadonlySet<string> = new Set([...FIELD_NAMES, AWS_TRACE_HEADER]);

/** Whether `_datadog` is an attribute that has each of our fields that stands beside it too: to ask a getter for them would find no more. */
function hasAllBeside(inside: ReadField, carrier: unknown): boolean {
  const attributes = carrier as Record<string, unknown>;
  if (!isObject(attributes[DATADOG_ATTRIBUTE])) return false;
  for (const name in attributes) {
    if (!NAMES_BESIDE.has(name)) continue;
    const beside = textOf(attributes[name]);
    if (beside === undefined || beside !== inside(name)) return false;
  }
  return true;
}

/** The carrier itself is looked at first: contrib's getter sees neither bytes nor Lambda's spelling. */
function readDatadogAttribute<Carrier>(carrier: Carrier, getter: TextMapGetter<Carrier>): ReadField | undefined {
  const attribute: unknown = isObject(carrier) ? (carrier as Record<string, unknown>)[DATADOG_ATTRIBUTE] : undefined;
  const json = textOf(attribute) ?? textOf(getter.get(carrier, DATADOG_ATTRIBUTE));
  if (json !== undefined) return parseDatadogAttribute(json);
  return isObject(attribute) && !Array.isArray(attribute) ? textMapOf(attribute) : undefined;
}

/** What Elastic Beanstalk puts before the name of a message's attribute, when it brings a message to a worker by HTTP. */
const QUEUED = 'x-aws-sqsd-attr-';
const QUEUED_DATADOG = `${QUEUED}${DATADOG_ATTRIBUTE}`;
const QUEUED_TRACEPARENT = `${QUEUED}${TRACEPARENT}`;
const OWN_CONTEXT: readonly string[] = [...DATADOG_HEADERS, TRACEPARENT];

/**
 * The sources of a request by which Beanstalk's daemon brings a message, as long as the request has no context of its own.
 * https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features-managing-env-tiers.html
 */
function queuedSources<Carrier>(
  carrier: Carrier,
  getter: TextMapGetter<Carrier>,
  beside: ReadField,
): ReadField[] | undefined {
  const json = textOf(getter.get(carrier, QUEUED_DATADOG));
  if (json === undefined && textOf(getter.get(carrier, QUEUED_TRACEPARENT)) === undefined) return undefined;
  if (OWN_CONTEXT.some((name) => beside(name) !== undefined)) return undefined;
  const inside = json === undefined ? undefined : parseDatadogAttribute(json);
  const queued: ReadField = (name) => textOf(getter.get(carrier, QUEUED + name));
  return inside ? [inside, queued, beside] : [queued, beside];
}

/** A header may come repeated (HTTP), as bytes (Kafka), or as an attribute that the getter did not open. */
function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map(textOfOne).join(',') || undefined;
  return textOfOne(value);
}

function textOfOne(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  return readMessageAttribute(value);
}
