// How Datadog's tracers read text that is no valid header: each function gives the valid headers that the tracer takes it for.
import type { NamedConfiguration } from './configurations.ts';
import type { Headers } from './peer.ts';
import {
  changed,
  changedMembers,
  datadogPairsOf,
  isDatadogId,
  isDatadogMember,
  isPriority,
  isUpperHalf,
  MAX_MEMBER,
  MAX_MEMBERS,
  ofStyles,
  PARENT_ID,
  PRIORITY,
  pairsOf,
  TAGS,
  TRACE_ID,
  withDatadogPairs,
  without,
  withoutDatadog,
  withoutDatadogMember,
} from './reading.ts';

/** dd-trace-js takes the digits that an id begins with, and wraps what is negative or too big; without a parent there is no context. */
export function idsInJs(headers: Headers): Headers {
  if (headers[TRACE_ID] !== undefined && !headers[PARENT_ID]) return withoutDatadog(headers);
  return changed(changed(headers, TRACE_ID, idInJs), PARENT_ID, idInJs);
}

function idInJs(text: string): string {
  if (text === '' || (isDatadogId(text) && /^\d/.test(text))) return text;
  return String(BigInt.asUintN(64, BigInt(/^-?\d+/.exec(text)?.[0] ?? 0)));
}

/** Whether dd-trace-js goes on with a trace or a span whose id is 0. */
export function isZeroIdInJs(text: string | undefined): boolean {
  return text !== undefined && text !== '' && idInJs(text) === '0';
}

/** Python's `int()` takes a sign, underscores and spaces; what it refuses makes ddtrace refuse the headers. */
export function idsInPython(headers: Headers): Headers {
  const { [TRACE_ID]: traceId, [PARENT_ID]: parentId = '0' } = headers;
  if (traceId === undefined) return headers;
  const [trace, parent] = [intInPython(traceId), intInPython(parentId)];
  if (trace === undefined || !isDatadogId(trace) || parent === undefined) return withoutDatadog(headers);
  return { ...headers, [TRACE_ID]: trace, ...(PARENT_ID in headers && { [PARENT_ID]: parent }) };
}

/** The number that Python's `int()` reads. */
function intInPython(text: string): string | undefined {
  const trimmed = text.trim();
  return /^[+-]?\d+(?:_\d+)*$/.test(trimmed) ? String(BigInt(trimmed.replace(/[+_]/g, ''))) : undefined;
}

/** dd-trace-js takes the number that a priority begins with. */
export function prioritiesInJs(headers: Headers): Headers {
  const read = changed(headers, PRIORITY, priorityInJs);
  const fields = datadogPairsOf(headers);
  if (fields.every(([key, value]) => key !== 's' || priorityInJs(value) === value)) return read;
  return withDatadogPairs(
    read,
    fields.map(([key, value]) => [key, key === 's' ? priorityInJs(value) : value]),
  );
}

function priorityInJs(text: string): string {
  return isPriority(text) ? text : (/^\s*([-+]?\d+)/.exec(text)?.[1]?.replace('+', '') ?? text);
}

/** ddtrace reads priorities as Python reads numbers, refuses headers that have none, and a dd member too. */
export function prioritiesInPython(headers: Headers): Headers {
  const { [PRIORITY]: text, [TRACE_ID]: traceId } = headers;
  const priority = text === undefined ? undefined : intInPython(text);
  if (text === undefined || isPriority(text)) return headers;
  if (priority !== undefined) return { ...headers, [PRIORITY]: priority };
  return traceId === undefined ? headers : withoutDatadog(headers);
}

const MAX_TAGS = 512;
const MAX_PRIORITY = 999_999_999n;

/** A number of more digits than any tracer has meant, as one that says the same. */
export function longPriorities(headers: Headers): Headers {
  const shorter = (text: string) =>
    text.replace(/\d{10,}/, (digits) => String(BigInt(digits) < MAX_PRIORITY ? BigInt(digits) : MAX_PRIORITY));
  const read = changed(headers, PRIORITY, shorter);
  const fields = datadogPairsOf(headers);
  if (fields.every(([key, value]) => key !== 's' || shorter(value) === value)) return read;
  return withDatadogPairs(
    read,
    fields.map(([key, value]) => [key, key === 's' ? shorter(value) : value]),
  );
}

/** For dd-trace-js a tag without = is one without a value. */
export function bareTagsInJs(headers: Headers): Headers {
  const { [TAGS]: tags = '' } = headers;
  const read = tags.replace(/(^|,)([^,=]+)(?=,|$)/g, '$1$2=');
  return read.length > MAX_TAGS ? headers : changed(headers, TAGS, () => read);
}

/** dd-trace-js drops the tags for one that is none. */
export function tagsInJs(headers: Headers): Headers {
  const tag = /^_dd\.p\.[\x21-\x2b\x2d-\x3c\x3e-\x7e]+(?:=[\x20-\x2b\x2d-\x7e]*)?$/;
  return withTagsAll(headers, (tags) => tags.split(',').every((part) => tag.test(part)));
}

/** ddtrace drops the tags for one that is malformed, or has no value. */
export function tagsInPython(headers: Headers): Headers {
  const tag = /^[\x21-\x2b\x2d-\x3c\x3e-\x7e]+=[\x20-\x2b\x2d-\x7e]+$/;
  return withTagsAll(headers, (tags) =>
    tags
      .replace(/,$/, '')
      .split(',')
      .every((part) => tag.test(part)),
  );
}

/** dd-trace-go drops the tags for one without key or value. */
export function tagsInGo(headers: Headers): Headers {
  return withTagsAll(headers, (tags) => tags.split(',').every((part) => /^[^=]+=./s.test(part)));
}

function withTagsAll(headers: Headers, isGood: (tags: string) => boolean): Headers {
  const { [TAGS]: tags = '' } = headers;
  return tags === '' || isGood(tags) ? headers : without(headers, TAGS);
}

/** For dd-trace-js a malformed tid does not take back an earlier one. */
export function upperHalvesInJs(headers: Headers): Headers {
  return changed(headers, TAGS, (tags) =>
    tags
      .split(',')
      .filter((tag) => !tag.startsWith('_dd.p.tid=') || isUpperHalf(tag.slice('_dd.p.tid='.length)))
      .join(','),
  );
}

/**
 * ddtrace cuts the spaces around a tid, and reads it as Python reads numbers: with a sign. A negative one makes a trace id that is
 * none, and a context without one comes before all others.
 */
export function upperHalvesInPython(headers: Headers, { extractStyles }: NamedConfiguration): Headers {
  const { [TAGS]: tags = '' } = headers;
  const tid = tags.split(',').findLast((tag) => tag.startsWith('_dd.p.tid='));
  const isNegative = tid !== undefined && /^_dd\.p\.tid=-[0-9a-f]{15}$/.test(tid);
  if (isNegative && isDatadogId(headers[TRACE_ID])) {
    return extractStyles[0] === 'datadog' ? { baggage: headers.baggage ?? '' } : withoutDatadog(headers);
  }
  const trimmed = changed(headers, TAGS, (text) =>
    text.replace(/((?:^|,)_dd\.p\.tid=) *([^, ]+) *(?=,|$)/g, (_, key: string, value: string) => {
      const isNumber = value.length === 16 && /^\+?[0-9a-f]+(?:_[0-9a-f]+)*$/.test(value);
      return key + (isNumber ? value.replace(/[+_]/g, '').padStart(16, '0') : value);
    }),
  );
  return strictUpperHalves(trimmed);
}

/** ddtrace and dd-trace-go want a tid in lower case. */
export function strictUpperHalves(headers: Headers): Headers {
  return changed(headers, TAGS, (tags) =>
    tags
      .split(',')
      .flatMap((tag) => {
        if (!/^\s*_dd\.p\.tid\s*=/.test(tag) || /^_dd\.p\.tid=[0-9a-f]{16}$/.test(tag)) return tag;
        return tag.startsWith('_dd.p.tid=') ? '_dd.p.tid=' : [];
      })
      .join(','),
  );
}

/** dd-trace-js reads upper-case hex, and the version FF, between any whitespace. */
export function traceparentInJs(headers: Headers): Headers {
  return changed(headers, 'traceparent', (text) =>
    /[A-F]/.test(text) && !/^\s*ff/.test(text) ? text.trim().toLowerCase().replace(/^ff/, 'fe') : text.trim(),
  );
}

/** ddtrace cuts any whitespace around it. */
export function traceparentInPython(headers: Headers): Headers {
  return changed(headers, 'traceparent', (text) => text.trim());
}

/** A comma in the tail of a later version is a part of it for dd-trace-js, and for ddtrace, which wants a tail not to be empty. */
export function tailInJs(headers: Headers): Headers {
  return changed(headers, 'traceparent', (text) => text.replace(/^(\s*(?!00|ff)[^,]{55})-.*,.*$/s, '$1'));
}

export function tailInPython(headers: Headers): Headers {
  return /^\s*(?!00)[^,]{55}-\s*$/.test(headers.traceparent ?? '')
    ? without(headers, 'traceparent')
    : tailInJs(headers);
}

/** dd-trace-js and ddtrace cut any whitespace around a member. */
export function trimmedMembers(headers: Headers): Headers {
  return changedMembers(headers, (part) => part.trim());
}

/** dd-trace-js reads the first 32 members, allows spaces before =, and no tab. */
export function membersInJs(headers: Headers): Headers {
  return changed(headers, 'tracestate', (text) =>
    text
      .split(',')
      .slice(0, MAX_MEMBERS)
      .filter((part) => !part.slice(part.indexOf('=')).trimEnd().includes('\t'))
      .map((part) => part.replace(/^([ \t]*dd)\s+=/, '$1='))
      .filter((part) => !/^[ \t]*dd=\s*$/.test(part))
      .join(','),
  );
}

/** Of two dd members ddtrace reads the last. */
export function repeatedMembersInPython(headers: Headers): Headers {
  const last = headers.tracestate?.split(',').findLastIndex(isDatadogMember) ?? -1;
  return changed(headers, 'tracestate', (text) =>
    text
      .split(',')
      .filter((part, index) => index >= last || !isDatadogMember(part))
      .join(','),
  );
}

/** dd-trace-go reads them one after the other. */
export function repeatedMembersInGo(headers: Headers): Headers {
  const members = headers.tracestate?.split(',').filter(isDatadogMember) ?? [];
  if (members.length < 2) return headers;
  const fields = members.map((part) => part.trim().slice('dd='.length)).join(';');
  return changed(headers, 'tracestate', (text) =>
    [`dd=${fields}`, ...text.split(',').filter((part) => !isDatadogMember(part))].join(','),
  );
}

/** dd-trace-js ignores a dd member of more characters than it writes. */
export function longMemberInJs(headers: Headers): Headers {
  return changedMembers(headers, (part) =>
    isDatadogMember(part) && part.slice(part.indexOf('=') + 1).trimEnd().length > MAX_MEMBER ? [] : part,
  );
}

/** dd-trace-go counts the key too. */
export function longMemberInGo(headers: Headers): Headers {
  return changedMembers(headers, (part) => (isDatadogMember(part) && part.trim().length > MAX_MEMBER ? [] : part));
}

/** For dd-trace-js the first of two fields counts, and one without a value is none. */
export function repeatedFieldsInJs(headers: Headers): Headers {
  const fields = datadogPairsOf(headers);
  const names = fields.map(([key]) => key.trim());
  if (new Set(names).size === names.length) return headers;
  return withDatadogPairs(headers, fields.filter(([, value]) => value !== '').reverse());
}

/** ddtrace reads nothing of a dd member that has a field without a colon, or a priority that is no number. */
export function memberInPython(headers: Headers): Headers {
  const { tracestate = '' } = headers;
  const part = tracestate
    .split(',')
    .findLast((member) => member.trim().startsWith('dd='))
    ?.trim()
    .slice('dd='.length);
  if (part === undefined) return headers;
  const fields = part.split(';');
  const priority = new Map(pairsOf(part, ';', ':')).get('s');
  const isGood =
    fields.every((field) => field.includes(':')) && (priority === undefined || intInPython(priority) !== undefined);
  return isGood ? headers : withoutDatadogMember(headers);
}

/** dd-trace-go ignores a `tracestate` of more characters than these. */
export function longTracestateInGo(headers: Headers): Headers {
  return Buffer.byteLength(headers.tracestate ?? '') > 4096 ? without(headers, 'tracestate') : headers;
}

/** ddtrace ignores a `tracestate` that is not printable, as far as it keeps it. */
export function tracestateInPython(headers: Headers): Headers {
  return membersKeptByPython(headers).every((part) => /^[\x20-\x7e]*$/.test(part))
    ? headers
    : without(headers, 'tracestate');
}

/** `dd` and `ot` come first, then short members before long ones, until 512 bytes. */
function membersKeptByPython({ tracestate = '' }: Headers): string[] {
  const members = tracestate.split(',').flatMap((part) => part.trim() || []);
  const first = ['dd=', 'ot='].flatMap((key) => members.findLast((member) => member.startsWith(key)) ?? []);
  let others = members.filter((member) => !/^(?:dd|ot)=/.test(member));
  let excess = others.length + first.length - MAX_MEMBERS;
  others = others.filter((member) => !(member.length > 128 && excess-- > 0));
  const kept: string[] = [];
  let bytes = 0;
  for (const [index, member] of [...first, ...others.slice(0, MAX_MEMBERS - first.length)].entries()) {
    const size = Buffer.byteLength(member) + (kept.length > 0 ? 1 : 0);
    if (bytes + size > 512 && index > 0) {
      if (index >= first.length && member.length > 128) continue;
      break;
    }
    kept.push(member);
    bytes += size;
  }
  return kept;
}

/** ddtrace takes B3's ids of any length, what else Python calls a number in hex, and ignores what follows the ids. */
export function b3IdsInPython(headers: Headers): Headers {
  const read = (text: string) => {
    const digits = /^\s*(?:\+)?(?:0x)?([0-9a-f]+(?:_[0-9a-f]+)*)\s*$/i
      .exec(text)?.[1]
      ?.replaceAll('_', '')
      .replace(/^0+/, '');
    return digits?.toLowerCase().padStart(digits.length > 16 ? 32 : 16, '0') ?? text;
  };
  const single = changed(headers, 'b3', (text) => {
    const [traceId = '', spanId, sampled = ''] = text.split('-');
    if (spanId === undefined) return text;
    return `${read(traceId)}-${read(spanId)}${/^[01d]$/.test(sampled) ? `-${sampled}` : ''}`;
  });
  return changed(changed(single, 'x-b3-traceid', read), 'x-b3-spanid', read);
}

/** Where ddtrace is to stop at the first format that has a context, it stops at the first format. */
export function firstFormatInPython(headers: Headers, { extractStyles, variables }: NamedConfiguration): Headers {
  const isFirst = variables.DD_TRACE_PROPAGATION_EXTRACT_FIRST === 'true';
  return isFirst ? ofStyles(headers, [...extractStyles.slice(0, 1), 'baggage']) : headers;
}

/** dd-trace-js drops the properties, and items that have nothing else; they count for the limit all the same. */
export function propertiesInJs(headers: Headers): Headers {
  return changed(headers, 'baggage', (text) => text.replace(/;[^,]*/g, (properties) => ' '.repeat(properties.length)));
}

/** dd-trace-js discards the header for a key that is no token. */
export function baggageKeysInJs(headers: Headers, configuration: NamedConfiguration): Headers {
  const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
  const keys = itemsRead(headers, configuration).map((item) =>
    (item.includes('=') ? item.slice(0, item.indexOf('=')) : '').trim(),
  );
  return keys.every((key) => key === '' || token.test(key)) ? headers : without(headers, 'baggage');
}

/** ddtrace and dd-trace-go discard the header for an empty item, among those that they read. */
export function emptyItems(headers: Headers, configuration: NamedConfiguration): Headers {
  const isEmpty = itemsRead(headers, configuration).some((item) => item.trim() === '');
  return headers.baggage && isEmpty ? without(headers, 'baggage') : headers;
}

/** The items within the limits. */
function itemsRead({ baggage = '' }: Headers, { variables }: NamedConfiguration): string[] {
  const { DD_TRACE_BAGGAGE_MAX_ITEMS: maxItems = 64, DD_TRACE_BAGGAGE_MAX_BYTES: maxBytes = 8192 } = variables;
  const items: string[] = [];
  let bytes = -1;
  for (const item of baggage.split(',')) {
    bytes += Buffer.byteLength(item) + 1;
    if (bytes > Number(maxBytes) || items.length === Number(maxItems)) break;
    items.push(item);
  }
  return items;
}
