import type { DatadogState } from './datadog-state';
import { isPrintable } from './fields';
import { TAG_PREFIX } from './propagation-tags';
import { parseSamplingPriority } from './sampling-priority';

/**
 * The `dd` member of `tracestate`: `s:<priority>;o:<origin>;p:<span id>;t.<tag>:<value>`.
 * The other tracers read and write up to this many characters of it.
 */
const MAX_LENGTH = 256;
const MAX_INBOUND_LENGTH = 4096;
const PARENT_ID_LENGTH = 16;

// Not validated further: Datadog's tracers pass on what they got (`p:XX!X`), as far as the member can hold it.
const PARENT_ID = /^[\x21-\x2b\x2d-\x3a\x3c\x3e-\x7e]{1,64}$/;

// Written: first what the member's own syntax uses becomes `_`, then `=` becomes `~`. Read: `~` becomes `=` again.
const ILLEGAL_IN_VALUE = /[^\x20-\x7e]|[,;~]/g;
const ILLEGAL_IN_KEY = /[^\x21-\x7e]|[,;:=]/g;

function encodeValue(value: string): string {
  return value.replace(ILLEGAL_IN_VALUE, '_').replaceAll('=', '~');
}

function decodeValue(value: string): string {
  return value.replaceAll('~', '=');
}

/** What a `dd` member says. Sub-keys that no Datadog tracer has defined yet are kept as they came. */
export function parseDatadogMember(member: string): DatadogState {
  let samplingPriority: number | undefined;
  let origin: string | undefined;
  let parentId: string | undefined;
  const tags = new Map<string, string>();
  const unknown: string[] = [];
  if (member.length > MAX_INBOUND_LENGTH) return { samplingPriority, origin, parentId, tags, unknown };
  for (const field of member.split(';')) {
    const colon = field.indexOf(':');
    if (colon <= 0) continue;
    const key = field.slice(0, colon).trim();
    const value = field.slice(colon + 1);
    if (key === 's') samplingPriority = parseSamplingPriority(value);
    else if (key === 'o') origin = decodeValue(value) || undefined;
    else if (key === 'p') parentId = PARENT_ID.test(value) ? value : undefined;
    else if (key.startsWith('t.') && key.length > 2) tags.set(TAG_PREFIX + key.slice(2), decodeValue(value));
    else unknown.push(field);
  }
  return { samplingPriority, origin, parentId, tags, unknown };
}

/**
 * Writes the member around its `p`, the one part that differs between the spans of a trace: what stands
 * before it and what stands after. Whole fields only; the tags that would pass the limit travel in
 * `x-datadog-tags` alone.
 */
export function formatDatadogMember(
  state: DatadogState,
  tags: Iterable<[key: string, value: string]>,
): { before: string; after: string } {
  const before: string[] = [];
  const after: string[] = [];
  let length = 'p:'.length + Math.max(PARENT_ID_LENGTH, state.parentId?.length ?? 0);
  const append = (fields: string[], field: string) => {
    if (length + 1 + field.length > MAX_LENGTH) return;
    fields.push(field);
    length += 1 + field.length;
  };
  if (state.samplingPriority !== undefined) append(before, `s:${state.samplingPriority}`);
  if (state.origin !== undefined) append(before, `o:${encodeValue(state.origin)}`);
  for (const [key, value] of tags) {
    append(after, `t.${key.slice(TAG_PREFIX.length).replace(ILLEGAL_IN_KEY, '_')}:${encodeValue(value)}`);
  }
  for (const field of state.unknown) {
    if (isPrintable(field) && !/[,=]/.test(field)) append(after, field);
  }
  return { before: before.join(';'), after: after.join(';') };
}
