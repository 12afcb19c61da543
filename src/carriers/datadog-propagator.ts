import {
  type Context,
  diag,
  type Span,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import type { Destinations } from '../configuration/destinations';
import { type DatadogPropagatorOptions, propagatorConfiguration } from '../configuration/propagation';
import { BAGGAGE } from '../propagation/baggage';
import type { Fields } from '../propagation/fields';
import { type OutgoingFields, outgoingFields } from '../propagation/outgoing-fields';
import type { PropagationSettings } from '../propagation/propagation-settings';
import { extractFields } from '../propagation/text-map';
import { TRACEPARENT, TRACESTATE } from '../propagation/traceparent';
import { DATADOG_ATTRIBUTE, formatOutgoing } from './datadog-attribute';
import { Decoy } from './decoy';
import { contextForHost } from './destination';
import { shortenedUntil } from './length-budget';
import { isMessageAttribute, MAX_MESSAGE_ATTRIBUTES, outgoingAttribute } from './message-attributes';
import { fieldSources } from './read-carrier';
import { isTracingSuppressed } from './suppression';
import { type Trust, trustIn } from './trust';

/**
 * As many names as OpenTelemetry's own propagators have: contrib's AWS instrumentation writes only where
 * it finds that many free slots, so what carried `traceparent` before carries it after.
 */
const ATTRIBUTE_NAMES: readonly string[] = [DATADOG_ATTRIBUTE, TRACEPARENT, TRACESTATE];

/** Node's HTTP servers refuse more than 16 KiB of headers; a quarter is left to the application's own. */
const MAX_TEXT_MAP_LENGTH = 12 * 1024;

/** What HTTP/1.1 writes between a header's name and its value, and behind that. */
const HEADER_OVERHEAD = ': \r\n'.length;

/**
 * Propagates context as a Datadog tracer does; by default with its default styles (`datadog,tracecontext,baggage`).
 *
 * Text maps (HTTP headers, Kafka headers) get `x-datadog-*`, `traceparent`, `tracestate` and `baggage`, at most 12 KiB of
 * them. The attributes of an SQS or SNS message get one `_datadog` that holds all of these as JSON, and
 * `traceparent` and `tracestate` beside it, within the ten attributes that AWS allows. All of these are
 * read. Neither method throws; a carrier without a valid context leaves the given one as it is.
 */
export class DatadogPropagator implements TextMapPropagator {
  readonly #settings: PropagationSettings;
  readonly #trust: Trust;
  readonly #attributeNames: readonly string[];
  readonly #destinations: Destinations | undefined;
  /** The last one that made an attribute of what it got. */
  #attributeSetter: TextMapSetter | undefined;

  /** @throws TypeError for an option that is none; a bad variable in the environment is one warning. */
  constructor(options: DatadogPropagatorOptions = {}) {
    const { settings, extractBehavior, destinations } = propagatorConfiguration(options);
    this.#settings = settings;
    this.#trust = trustIn(extractBehavior);
    this.#attributeNames = attributeNames(settings);
    this.#destinations = destinations;
  }

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    try {
      if (carrier instanceof Decoy || isTracingSuppressed(context)) return;
      const allowed = this.#destinations === undefined ? context : contextForHost(this.#destinations, context, setter);
      if (allowed === undefined) return;
      const span = trace.getSpan(allowed);
      const outgoing = outgoingFields(allowed, this.#settings, span);
      if (outgoing !== undefined) this.#write(outgoing, carrier, setter, span);
    } catch (error) {
      diag.debug('otel-datadog-bridge: the carrier takes no context', error);
    }
  }

  extract<Carrier>(context: Context, carrier: Carrier, getter: TextMapGetter<Carrier>): Context {
    try {
      return extractFields(context, fieldSources(carrier, getter), this.#settings, this.#trust(carrier));
    } catch (error) {
      diag.debug('otel-datadog-bridge: the carrier cannot be read', error);
      return context;
    }
  }

  /**
   * The attributes of a message, which is what asks for them: a text map's names are nobody's business. `_datadog` is one in every
   * style: by it a `DatadogPropagator` is known.
   */
  fields(): string[] {
    return [...this.#attributeNames];
  }

  /**
   * Writes the first field and looks what became of it, since setters cannot be told apart beforehand: one
   * that makes an attribute of it belongs to a message.
   */
  #write(outgoing: OutgoingFields, carrier: unknown, setter: TextMapSetter, span: Span | undefined): void {
    // What will be an attribute costs less as a part of the JSON that is needed too.
    if (setter === this.#attributeSetter) formatOutgoing(outgoing);
    const probe = outgoing.names[0] ?? '';
    setter.set(carrier, probe, outgoing.value(0));
    const attributes = carrier as Record<string, unknown>;
    if (!isMessageAttribute(attributes?.[probe])) {
      writeTextMap(outgoing, carrier, setter);
      return;
    }
    this.#attributeSetter = setter;
    writeAttributes(outgoing, probe, attributes, setter, span);
  }
}

/** The first is on the carrier already. */
function writeTextMap(outgoing: OutgoingFields, carrier: unknown, setter: TextMapSetter): void {
  const all = outgoing.toRecord();
  const fields = isShort(all) ? all : shortenedUntil(all, isShort);
  const { names } = outgoing;
  for (let index = 1; index < names.length; index += 1) {
    const name = names[index] as string;
    const value = fields[name];
    if (value !== undefined) setter.set(carrier, name, value);
  }
}

/**
 * `probe` is on the carrier already, written or not as an attribute is to be. What an earlier send left gives way, but for a context
 * that is forwarded beside baggage alone.
 */
function writeAttributes(
  outgoing: OutgoingFields,
  probe: string,
  carrier: Record<string, unknown>,
  setter: TextMapSetter,
  span: Span | undefined,
): void {
  let free = MAX_MESSAGE_ATTRIBUTES;
  for (const name in carrier) if (name !== probe && !ATTRIBUTE_NAMES.includes(name)) free -= 1;
  if (probe === BAGGAGE) {
    for (const name of ATTRIBUTE_NAMES) if (name in carrier) free -= 1;
    if (free <= 0) delete carrier[probe];
    return;
  }
  // Baggage rides inside `_datadog`.
  for (const name of ATTRIBUTE_NAMES) {
    if (name === probe && free > 0) {
      free -= 1;
      continue;
    }
    const value = free > 0 ? outgoingAttribute(outgoing, name) : undefined;
    if (value === undefined) {
      if (name in carrier) delete carrier[name];
      continue;
    }
    free -= 1;
    setter.set(carrier, name, value);
    if (name === DATADOG_ATTRIBUTE && isSns(span)) {
      carrier[name] = { DataType: 'Binary', BinaryValue: Buffer.from(value) };
    }
  }
  if (!ATTRIBUTE_NAMES.includes(probe)) delete carrier[probe];
}

function attributeNames({ injectStyles, extractStyles }: PropagationSettings): readonly string[] {
  const w3c = injectStyles.has('tracecontext') || extractStyles.includes('tracecontext');
  return w3c ? ATTRIBUTE_NAMES : [DATADOG_ATTRIBUTE];
}

function isShort(fields: Fields): boolean {
  let length = 0;
  for (const name in fields) length += name.length + (fields[name]?.length ?? 0) + HEADER_OVERHEAD;
  return length <= MAX_TEXT_MAP_LENGTH;
}

/** A subscription's filter policy fails in silence on a String that holds JSON (datadog-lambda-js#269). */
function isSns(span: Span | undefined): boolean {
  const { attributes } = (span ?? {}) as { attributes?: Record<string, unknown> };
  const system = attributes?.['messaging.system'];
  return system === 'aws_sns' || system === 'aws.sns';
}
