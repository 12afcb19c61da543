import { BAGGAGE } from '../propagation/baggage';
import { ORIGIN } from '../propagation/datadog-headers';
import type { Fields } from '../propagation/fields';
import { TRACESTATE } from '../propagation/traceparent';
import { isObject } from './is-object';

/** The name under which Datadog's tracers put their text map on a message, as one JSON object. */
export const DATADOG_ATTRIBUTE = '_datadog';

/** What we read, and write, of a `_datadog`. Longer ones are ignored whole, before they are parsed. */
const MAX_LENGTH = 16 * 1024;

// In JSON a run of digits outside of strings is a number, and nothing else is.
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * The text map in the JSON of a `_datadog`; `undefined` if it is not a JSON object. Numbers, which
 * hand-written producers send, are taken by their digits: as a JavaScript number a 64-bit id would be rounded.
 */
export function parseDatadogAttribute(json: string): ReadonlyMap<string, string> | undefined {
  if (json.length > MAX_LENGTH) return undefined;
  const object = parseObject(json);
  if (object === undefined) return undefined;
  const values = Object.values(object).some((value) => typeof value === 'number')
    ? parseObject(json.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') ? token : `"${token}"`)))
    : object;
  return values && textMapOf(values);
}

/** A text map from an object that some consumer has parsed already. */
export function textMapOf(object: object): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(object)) {
    if (typeof value === 'string') fields.set(name, value);
    else if (typeof value === 'number') fields.set(name, String(value));
  }
  return fields;
}

/** The fields as JSON. Where that would be longer than what is read, the shortest cut that helps is taken. */
export function formatDatadogAttribute(fields: Fields): string {
  let json = '';
  for (const shorter of shortened(fields)) {
    json = JSON.stringify(shorter);
    if (json.length <= MAX_LENGTH) break;
  }
  return json;
}

/** The fields, without baggage, with fewer and fewer foreign members of `tracestate`, and without the origin at last. */
function* shortened(fields: Fields): Iterable<Fields> {
  yield fields;
  const { [BAGGAGE]: _baggage, ...rest } = fields;
  yield rest;
  let tracestate = rest[TRACESTATE] ?? '';
  while (tracestate.includes(',')) {
    tracestate = tracestate.slice(0, tracestate.lastIndexOf(','));
    yield { ...rest, [TRACESTATE]: tracestate };
  }
  const { [ORIGIN]: _origin, ...bare } = rest;
  yield { ...bare, [TRACESTATE]: tracestate };
}

function parseObject(json: string): object | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
