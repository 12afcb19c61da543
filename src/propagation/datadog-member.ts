import type { DatadogState } from './datadog-state';
import { isPrintable } from './fields';
import { parseOrigin } from './origin';
import { NO_TAGS, type PropagationTags, setTag, TAG_PREFIX, UPPER_HALF, UPPER_HALF_LENGTH } from './propagation-tags';
import { parseSamplingPriority } from './sampling-priority';

/**
 * The `dd` member of `tracestate`: `s:<priority>;o:<origin>;p:<span id>;t.<tag>:<value>`.
 * The other tracers write up to this many characters of it.
 */
const MAX_LENGTH = 256;
const MAX_INBOUND_LENGTH = 4096;
export const PARENT_ID_LENGTH = 16;

// Not validated further: Datadog's tracers pass on what they got (`p:XX!X`), as far as the member can hold it.
const PARENT_ID = /^[\x21-\x2b\x2d-\x3a\x3c\x3e-\x7e]{1,64}$/;

// Written: first what the member's own syntax uses becomes `_`, then `=` becomes `~`. Read: `~` becomes `=` again.
const ILLEGAL_IN_VALUE = /[^\x20-\x7e]|[,;~]/g;
/** What is written as it is. */
const PLAIN_VALUE = /^[\w.:-]*$/;
const PLAIN_KEY = /^[\w.-]+$/;
const ILLEGAL_IN_KEY = /[^\x21-\x7e]|[,;:=]/g;
const ILLEGAL_IN_MEMBER = /[,=]/;

export function encodeValue(value: string): string {
  return PLAIN_VALUE.test(value) ? value : value.replace(ILLEGAL_IN_VALUE, '_').replaceAll('=', '~');
}

function decodeValue(value: string): string {
  return value.includes('~') ? value.replaceAll('~', '=') : value;
}

function encodeTagKey(key: string): string {
  const name = key.slice(TAG_PREFIX.length);
  return PLAIN_KEY.test(name) ? name : name.replace(ILLEGAL_IN_KEY, '_');
}

/**
 * What a `dd` member says, with or without its tags. Sub-keys that no Datadog tracer has defined yet are kept as they came.
 */
export function parseDatadogMember(member: string, { withTags = true } = {}): DatadogState {
  let samplingPriority: number | undefined;
  let origin: string | undefined;
  let parentId: string | undefined;
  let tags: Map<string, string> | undefined;
  let unknown: string[] | undefined;
  const { length } = member;
  for (let start = 0; start < length && length <= MAX_INBOUND_LENGTH; ) {
    const semicolon = member.indexOf(';', start);
    const end = semicolon < 0 ? length : semicolon;
    const colon = member.indexOf(':', start);
    if (colon > start && colon < end) {
      const key = member.slice(start, colon).trim();
      const value = member.slice(colon + 1, end);
      if (key === 's') samplingPriority = parseSamplingPriority(value);
      else if (key === 'p') parentId = PARENT_ID.test(value) ? value : undefined;
      else if (key === 'o') origin = parseOrigin(decodeValue(value));
      else if (key.startsWith('t.')) {
        if (withTags) {
          tags ??= new Map();
          setTag(tags, TAG_PREFIX + key.slice(2), decodeValue(value).trim());
        }
      } else {
        const field = member.slice(start, end);
        if (isPrintable(field) && !ILLEGAL_IN_MEMBER.test(field)) {
          unknown ??= [];
          unknown.push(field);
        }
      }
    }
    start = end + 1;
  }
  return { samplingPriority, origin, parentId, tags: tags ?? NO_TAGS, unknown: unknown ?? [], pathway: undefined };
}

/** A written member around its `p`, the one part that differs between the spans of a trace. */
export interface FormattedMember {
  readonly before: string;
  readonly after: string;
  /** Those that would have passed the limit: they travel in `x-datadog-tags` alone. */
  readonly omitted: PropagationTags;
}

/**
 * Writes the member, whole fields only, at most 256 characters of it, with this for the upper half of the trace id, and room for
 * a `p` of this length.
 */
export function formatDatadogMember(
  state: DatadogState,
  upperHalf: string | undefined,
  parentIdLength = Math.max(PARENT_ID_LENGTH, state.parentId?.length ?? 0),
): FormattedMember {
  const { samplingPriority, origin, tags, unknown } = state;
  let before = '';
  let after = '';
  let length = 'p:'.length + parentIdLength;
  const fits = (fieldLength: number) => {
    if (length + 1 + fieldLength > MAX_LENGTH) return false;
    length += 1 + fieldLength;
    return true;
  };
  if (samplingPriority !== undefined) {
    before = `s:${samplingPriority}`;
    length += 1 + before.length;
  }
  if (origin !== undefined) {
    const field = `o:${encodeValue(origin)}`;
    if (fits(field.length)) before = before === '' ? field : `${before};${field}`;
  }
  let omitted: Map<string, string> | undefined;
  const appendTag = (key: string, value: string, encoded: string, valueLength: number) => {
    const name = `t.${encodeTagKey(key)}:`;
    if (fits(name.length + valueLength)) {
      after += after === '' ? name + encoded : `;${name}${encoded}`;
    } else {
      omitted ??= new Map();
      omitted.set(key, value);
    }
  };
  for (const [key, value] of tags) {
    if (key === UPPER_HALF) {
      if (upperHalf !== undefined) appendTag(key, value, upperHalf, UPPER_HALF_LENGTH);
      continue;
    }
    const encoded = encodeValue(value);
    appendTag(key, value, encoded, encoded.length);
  }
  if (upperHalf !== undefined && !tags.has(UPPER_HALF)) appendTag(UPPER_HALF, upperHalf, upperHalf, UPPER_HALF_LENGTH);
  for (const field of unknown) {
    if (fits(field.length)) after = after === '' ? field : `${after};${field}`;
  }
  return { before, after, omitted: omitted ?? NO_TAGS };
}

/** The member with this `p`; `''` for nothing to say. */
export function aroundParentId({ before, after }: FormattedMember, parentId: string | undefined): string {
  let member = before;
  if (parentId !== undefined) member += member === '' ? `p:${parentId}` : `;p:${parentId}`;
  if (after !== '') member += member === '' ? after : `;${after}`;
  return member;
}
