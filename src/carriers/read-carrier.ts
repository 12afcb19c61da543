import type { TextMapGetter } from '@opentelemetry/api';
import type { ReadField } from '../propagation/fields';
import { FIELD_NAMES } from '../propagation/text-map';
import { AWS_TRACE_HEADER } from '../propagation/x-ray';
import { DATADOG_ATTRIBUTE, parseDatadogAttribute, textMapOf } from './datadog-attribute';
import { isObject } from './is-object';
import { readMessageAttribute } from './message-attributes';

/**
 * Where any carrier, a text map or the attributes of a message, may hold fields: inside its `_datadog`, and then beside it.
 */
export function fieldSources<Carrier>(carrier: Carrier, getter: TextMapGetter<Carrier>): ReadField[] {
  const inside = readDatadogAttribute(carrier, getter);
  if (inside !== undefined && isAlone(carrier)) return [inside];
  const beside: ReadField = (name) => textOf(getter.get(carrier, name));
  return inside ? [inside, beside] : [beside];
}

const NAMES_BESIDE: ReadonlySet<string> = new Set([...FIELD_NAMES, AWS_TRACE_HEADER]);

/** Whether `_datadog` is an attribute with none of our fields beside it: to ask a getter for each of them would find as much. */
function isAlone(carrier: unknown): boolean {
  const attributes = carrier as Record<string, unknown>;
  if (!isObject(attributes[DATADOG_ATTRIBUTE])) return false;
  for (const name in attributes) if (NAMES_BESIDE.has(name)) return false;
  return true;
}

/** The carrier itself is looked at first: contrib's getter sees neither bytes nor Lambda's spelling. */
function readDatadogAttribute<Carrier>(carrier: Carrier, getter: TextMapGetter<Carrier>): ReadField | undefined {
  const attribute: unknown = isObject(carrier) ? (carrier as Record<string, unknown>)[DATADOG_ATTRIBUTE] : undefined;
  const json = textOf(attribute) ?? textOf(getter.get(carrier, DATADOG_ATTRIBUTE));
  if (json !== undefined) return parseDatadogAttribute(json);
  return isObject(attribute) ? textMapOf(attribute) : undefined;
}

/** A header may come repeated (HTTP), as bytes (Kafka), or as an attribute that the getter did not open. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textOf).join(',') || undefined;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  return readMessageAttribute(value);
}
