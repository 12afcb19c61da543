import { isPrintable } from './fields';
import { ZERO_ID } from './ids';

/** Tags that travel with a trace, by full name (`_dd.p.dm`), in the order in which they came. */
export type PropagationTags = ReadonlyMap<string, string>;

export const NO_TAGS: PropagationTags = new Map();
export const TAG_PREFIX = '_dd.p.';
export const DECISION_MAKER = '_dd.p.dm';
export const UPPER_HALF = '_dd.p.tid';

/**
 * Whether both `x-datadog-tags` and `tracestate` can hold the tag.
 * https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/opentracing/propagation/text_map.js
 */
export function isPropagationTag(key: string, value: string): boolean {
  return (
    key.length > TAG_PREFIX.length &&
    key.startsWith(TAG_PREFIX) &&
    !/[ ,=]/.test(key) &&
    !value.includes(',') &&
    isPrintable(key) &&
    isPrintable(value)
  );
}

/**
 * Parses `x-datadog-tags` (`_dd.p.dm=-1,_dd.p.tid=6b03…`). Over `maxLength` characters the header is
 * ignored whole, as every Datadog tracer does; a pair that is no propagation tag is ignored alone.
 */
export function parseTags(header: string | undefined, maxLength: number): Map<string, string> {
  const tags = new Map<string, string>();
  if (header === undefined || header.length > maxLength) return tags;
  for (let start = 0; start < header.length; ) {
    const comma = header.indexOf(',', start);
    const end = comma < 0 ? header.length : comma;
    const equals = header.indexOf('=', start);
    if (equals > 0 && equals < end) {
      const key = header.slice(start, equals).trim();
      const value = header.slice(equals + 1, end).trim();
      if (isPropagationTag(key, value)) tags.set(key, value);
    }
    start = end + 1;
  }
  return tags;
}

/** The tags as the value of `x-datadog-tags`, however long; `''` for none. */
export function formatTags(tags: PropagationTags): string {
  let header = '';
  for (const [key, value] of tags) header += header === '' ? `${key}=${value}` : `,${key}=${value}`;
  return header;
}

/** The tags with `_dd.p.tid` as the trace id says it: none for a 64-bit trace. */
export function withUpperHalf(tags: PropagationTags, upperHalf: string): PropagationTags {
  const right = upperHalf === ZERO_ID ? undefined : upperHalf;
  if (tags.get(UPPER_HALF) === right) return tags;
  const changed = new Map(tags);
  if (right === undefined) changed.delete(UPPER_HALF);
  else changed.set(UPPER_HALF, right);
  return changed;
}
