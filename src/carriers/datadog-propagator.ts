import {
  type Context,
  diag,
  type Span,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import type { Fields } from '../propagation/fields';
import { extractFields, injectFields } from '../propagation/text-map';
import { TRACEPARENT, TRACESTATE } from '../propagation/traceparent';
import { DATADOG_ATTRIBUTE } from './datadog-attribute';
import { isDecoy } from './decoy';
import { contextAttributes, isMessageAttribute, MAX_MESSAGE_ATTRIBUTES } from './message-attributes';
import { fieldSources } from './read-carrier';
import { isTracingSuppressed } from './suppression';

/**
 * As many names as OpenTelemetry's own propagators have: contrib's AWS instrumentation writes only where
 * it finds that many free slots, so what carried `traceparent` before carries it after.
 */
const ATTRIBUTE_NAMES = [DATADOG_ATTRIBUTE, TRACEPARENT, TRACESTATE];

/**
 * Propagates context as a Datadog tracer does with its default styles (`datadog,tracecontext,baggage`).
 *
 * Text maps (HTTP headers, Kafka headers) get `x-datadog-*`, `traceparent`, `tracestate` and `baggage`.
 * The attributes of an SQS or SNS message get one `_datadog` that holds all of these as JSON, and
 * `traceparent` and `tracestate` beside it, within the ten attributes that AWS allows. All of these are
 * read. Neither method throws; a carrier without a valid context leaves the given one as it is.
 */
export class DatadogPropagator implements TextMapPropagator {
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    if (isDecoy(carrier) || isTracingSuppressed(context)) return;
    try {
      write(injectFields(context), carrier, setter, trace.getSpan(context));
    } catch (error) {
      diag.debug('otel-datadog-bridge: the carrier takes no context', error);
    }
  }

  extract<Carrier>(context: Context, carrier: Carrier, getter: TextMapGetter<Carrier>): Context {
    try {
      return extractFields(context, fieldSources(carrier, getter));
    } catch (error) {
      diag.debug('otel-datadog-bridge: the carrier cannot be read', error);
      return context;
    }
  }

  /** The attributes of a message, which is what asks for them: a text map's names are nobody's business. */
  fields(): string[] {
    return [...ATTRIBUTE_NAMES];
  }
}

/**
 * Writes the first field and looks what became of it, since setters cannot be told apart beforehand: one
 * that makes an attribute of it belongs to a message.
 */
function write(fields: Fields, carrier: unknown, setter: TextMapSetter, span: Span | undefined): void {
  const [first, ...others] = Object.entries(fields);
  if (first === undefined) return;
  setter.set(carrier, ...first);
  const attributes = carrier as Record<string, unknown>;
  if (isMessageAttribute(attributes?.[TRACEPARENT])) writeAttributes(fields, attributes, setter, span);
  else for (const field of others) setter.set(carrier, ...field);
}

function writeAttributes(
  fields: Fields,
  carrier: Record<string, unknown>,
  setter: TextMapSetter,
  span: Span | undefined,
): void {
  for (const name of ATTRIBUTE_NAMES) delete carrier[name];
  const free = Math.max(0, MAX_MESSAGE_ATTRIBUTES - Object.keys(carrier).length);
  const attributes = contextAttributes(fields).filter(([name]) => ATTRIBUTE_NAMES.includes(name));
  for (const [name, value] of attributes.slice(0, free)) {
    setter.set(carrier, name, value);
    if (name === DATADOG_ATTRIBUTE && isSns(span)) {
      carrier[name] = { DataType: 'Binary', BinaryValue: Buffer.from(value) };
    }
  }
}

/** A subscription's filter policy fails in silence on a String that holds JSON (datadog-lambda-js#269). */
function isSns(span: Span | undefined): boolean {
  const { attributes } = (span ?? {}) as { attributes?: Record<string, unknown> };
  return /^aws[._]sns$/.test(String(attributes?.['messaging.system']));
}
