import { ZERO_UPPER_HALF } from './ids';

/** Tags that travel with a trace, by full name (`_dd.p.dm`), in the order in which they came. */
export type PropagationTags = ReadonlyMap<string, string>;

export const NO_TAGS: PropagationTags = new Map();
export const TAG_PREFIX = '_dd.p.';
export const DECISION_MAKER = '_dd.p.dm';
export const UPPER_HALF = '_dd.p.tid';
export const DEFAULT_TAGS_MAX_LENGTH = 512;

// https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/opentracing/propagation/text_map.js
const KEY = /^_dd\.p\.[\x21-\x2b\x2d-\x7e]+$/;
const VALUE = /^[\x20-\x2b\x2d-\x7e]*$/;

function isPropagationTag(key: string, value: string): boolean {
  return KEY.test(key) && !key.includes('=') && VALUE.test(value);
}

/**
 * Parses `x-datadog-tags` (`_dd.p.dm=-1,_dd.p.tid=6b03…`). Over `maxLength` characters the header is
 * ignored whole, as every Datadog tracer does; a pair that is no propagation tag is ignored alone.
 */
export function parseTags(header: string | undefined, maxLength: number): Map<string, string> {
  const tags = new Map<string, string>();
  if (header === undefined || header.length > maxLength) return tags;
  for (const pair of header.split(',')) {
    const equals = pair.indexOf('=');
    if (equals < 0) continue;
    const key = pair.slice(0, equals).trim();
    const value = pair.slice(equals + 1).trim();
    if (isPropagationTag(key, value)) tags.set(key, value);
  }
  return tags;
}

/**
 * The tags as a header value, `_dd.p.tid` taken from the trace id; `undefined` when there are none, or
 * more than `maxLength` characters.
 */
export function formatTags(tags: PropagationTags, upperHalf: string, maxLength: number): string | undefined {
  const pairs: string[] = [];
  for (const [key, value] of withUpperHalf(tags, upperHalf)) {
    if (isPropagationTag(key, value)) pairs.push(`${key}=${value}`);
  }
  const header = pairs.join(',');
  return header === '' || header.length > maxLength ? undefined : header;
}

/** The tags with `_dd.p.tid` as the trace id says it: none for a 64-bit trace. */
export function* withUpperHalf(tags: PropagationTags, upperHalf: string): Iterable<[key: string, value: string]> {
  const wide = upperHalf !== ZERO_UPPER_HALF;
  for (const [key, value] of tags) {
    if (key !== UPPER_HALF) yield [key, value];
    else if (wide) yield [key, upperHalf];
  }
  if (wide && !tags.has(UPPER_HALF)) yield [UPPER_HALF, upperHalf];
}
