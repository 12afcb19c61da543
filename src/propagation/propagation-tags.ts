import { isPrintable } from './fields';

/** Tags that travel with a trace, by full name (`_dd.p.dm`), in the order in which they came. */
export type PropagationTags = ReadonlyMap<string, string>;

export const NO_TAGS: PropagationTags = new Map();
export const TAG_PREFIX = '_dd.p.';
export const DECISION_MAKER = '_dd.p.dm';
/** The rate at which a sampler kept or dropped the trace. */
export const KNUTH_RATE = '_dd.p.ksr';
export const UPPER_HALF = '_dd.p.tid';
/** Of its value, also where that is left open. */
export const UPPER_HALF_LENGTH = 16;

const COMMA = 44;
const EQUALS = 61;

/** Tags in which nothing is left to check but their prefix, and nothing to trim. */
const PLAIN = /^[\x21-\x7e]*$/;

/**
 * Whether both `x-datadog-tags` and `tracestate` can hold the tag.
 * https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/opentracing/propagation/text_map.js
 */
function isPropagationTag(key: string, value: string): boolean {
  return (
    key.length > TAG_PREFIX.length &&
    key.startsWith(TAG_PREFIX) &&
    !/[ ,=]/.test(key) &&
    !value.includes(',') &&
    isPrintable(key) &&
    isPrintable(value)
  );
}

/** Parses `x-datadog-tags` (`_dd.p.dm=-1,_dd.p.tid=6b03…`); a pair that is no propagation tag is ignored alone. */
export function parseTags(header: string): Map<string, string> {
  const tags = new Map<string, string>();
  const plain = PLAIN.test(header);
  for (let start = 0; start < header.length; ) {
    const comma = header.indexOf(',', start);
    const end = comma < 0 ? header.length : comma;
    const equals = header.indexOf('=', start);
    if (equals > 0 && equals < end) {
      const key = header.slice(start, equals);
      const value = header.slice(equals + 1, end);
      if (!plain) setTag(tags, key.trim(), value.trim());
      else if (key.length > TAG_PREFIX.length && key.startsWith(TAG_PREFIX)) tags.set(key, value);
    }
    start = end + 1;
  }
  return tags;
}

/** What the tags in `x-datadog-tags` say of the trace id, without a look at the others where it stands where tracers put it. */
export function upperHalfIn(header: string): string | undefined {
  const name = header.indexOf(UPPER_HALF);
  if (name < 0) return undefined;
  const start = upperHalfStart(header, name);
  return start < 0 ? parseTags(header).get(UPPER_HALF) : header.slice(start, start + UPPER_HALF_LENGTH);
}

/** Where that value starts, if it is the only one and as long as it should be; below zero for no such place. */
export function upperHalfStart(header: string, name = header.indexOf(UPPER_HALF)): number {
  if (name < 0) return -1;
  const value = name + UPPER_HALF.length + 1;
  const end = value + UPPER_HALF_LENGTH;
  const isPlain =
    (name === 0 || header.charCodeAt(name - 1) === COMMA) &&
    header.charCodeAt(value - 1) === EQUALS &&
    (header.length === end || header.charCodeAt(end) === COMMA) &&
    header.indexOf(UPPER_HALF, value) < 0;
  return isPlain ? value : -1;
}

/** Adds the tag if it is one. */
export function setTag(tags: Map<string, string>, key: string, value: string): void {
  if (isPropagationTag(key, value)) tags.set(key, value);
}

/**
 * The tags as the value of `x-datadog-tags`, with this for the upper half of the trace id; `undefined` for none, and for more
 * than `maxLength` characters.
 */
export function formatTags(
  tags: PropagationTags,
  upperHalf: string | undefined,
  maxLength: number,
): string | undefined {
  let header = '';
  let length = -1;
  const append = (key: string, value: string, valueLength: number) => {
    header += header === '' ? `${key}=${value}` : `,${key}=${value}`;
    length += 1 + key.length + 1 + valueLength;
  };
  for (const [key, value] of tags) {
    if (key !== UPPER_HALF) append(key, value, value.length);
    else if (upperHalf !== undefined) append(key, upperHalf, UPPER_HALF_LENGTH);
  }
  if (upperHalf !== undefined && !tags.has(UPPER_HALF)) append(UPPER_HALF, upperHalf, UPPER_HALF_LENGTH);
  return header === '' || length > maxLength ? undefined : header;
}
