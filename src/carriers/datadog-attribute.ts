import { BAGGAGE } from '../propagation/baggage';
import { ORIGIN, TAGS } from '../propagation/datadog-headers';
import type { Fields, ReadField } from '../propagation/fields';
import type { OutgoingFields } from '../propagation/outgoing-fields';
import { FIELD_NAMES } from '../propagation/text-map';
import { TRACESTATE } from '../propagation/traceparent';
import { readFlatJson } from './flat-json';
import { parseJsonObject } from './json-object';
import { shortenedUntil } from './length-budget';
import { withNumbersQuoted } from './quoted-numbers';

/** The message attribute, or key of a JSON body, in which Datadog's tracers put their text map on a message, as one JSON object. */
export const DATADOG_ATTRIBUTE = '_datadog';

/** What we read, and write, of a `_datadog`. Longer ones are ignored whole, before they are parsed. */
const MAX_LENGTH = 16 * 1024;

/** How each name stands in the JSON, up to its value. */
const FIRST_NAMES: ReadonlyMap<string, string> = new Map(FIELD_NAMES.map((name) => [name, `{"${name}":"`]));
const OTHER_NAMES: ReadonlyMap<string, string> = new Map(FIELD_NAMES.map((name) => [name, `,"${name}":"`]));
const NEEDS_ESCAPE = /["\\]/g;
const FREE_TEXT: ReadonlySet<string> = new Set([TRACESTATE, ORIGIN, TAGS, BAGGAGE]);

/**
 * The text map in the JSON of a `_datadog`; `undefined` if it is not a JSON object. Numbers, which
 * hand-written producers send, are taken by their digits: as a JavaScript number a 64-bit id would be rounded.
 */
export function parseDatadogAttribute(json: string): ReadField | undefined {
  if (json.length > MAX_LENGTH) return undefined;
  const flat = readFlatJson(json);
  if (flat !== undefined) return flat;
  const object = parseJsonObject(json);
  if (object === undefined) return undefined;
  const values = Object.values(object).some((value) => typeof value === 'number')
    ? parseJsonObject(withNumbersQuoted(json))
    : object;
  return values && textMapOf(values);
}

/** A text map from an object that some consumer has parsed already. A number that may have been rounded is none. */
export function textMapOf(object: object): ReadField {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(object)) {
    if (typeof value === 'string') fields.set(name, value);
    else if (Number.isSafeInteger(value)) fields.set(name, String(value));
  }
  return (name) => fields.get(name);
}

/** The fields as JSON. Where that would be longer than what is read, the least important ones are left out. */
export function formatDatadogAttribute(fields: Fields): string {
  const json = formatJson(fields);
  if (json.length <= MAX_LENGTH) return json;
  return formatJson(shortenedUntil(fields, (shorter) => formatJson(shorter).length <= MAX_LENGTH));
}

/** The same of fields that are not made yet. */
export function formatOutgoing(outgoing: OutgoingFields): string {
  const json = outgoing.formatted(formatJson);
  return json.length <= MAX_LENGTH ? json : formatDatadogAttribute(outgoing.toRecord());
}

function formatJson(fields: Fields): string {
  let json = '';
  for (const name in fields) {
    const value = fields[name] ?? '';
    // Values are printable, so only two characters need an escape; and ids and priorities have neither.
    const plain = !FREE_TEXT.has(name) || !(value.includes('"') || value.includes('\\'));
    json += `${(json === '' ? FIRST_NAMES : OTHER_NAMES).get(name)}${plain ? value : value.replace(NEEDS_ESCAPE, '\\$&')}"`;
  }
  return `${json}}`;
}
