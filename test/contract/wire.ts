// What headers say, read by the formats' own definitions and with nothing of ours.
import { expect } from 'vitest';
import type { ExpectedContext } from './cases.ts';

/** Headers as they come in. */
export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** Headers as they were sent. */
export type Fields = Readonly<Record<string, string>>;

type TextMap = Readonly<Record<string, string>>;

/**
 * What headers are to be: a text is compared as it stands, a map without its order, and `null` says that there is no such
 * header. Headers that are not named may be there or not.
 */
export interface SentHeaders {
  readonly [name: string]: string | TextMap | SentTraceState | null | undefined;
}

interface SentTraceState {
  /** All fields of the `dd` member but `t.tid`, which is as the trace id says. */
  readonly dd?: TextMap;
  /** Some of them. */
  readonly ddHas?: TextMap;
  /** The other members, in their order. */
  readonly foreign?: string;
}

const PRINTABLE = /^[\x20-\x7e]+$/;
const MAX_MEMBERS = 32;
const MAX_DATADOG_MEMBER = 256;
const RANDOM_TRACE_ID = 2;

/** The fields of a `dd` member, as they stand there. */
export function fieldsOfMember(member: string | undefined): Record<string, string> {
  return pairs(member, ';', ':');
}

/** `~` in a `dd` member is `=`. */
export function decoded(value: string): string {
  return value.replaceAll('~', '=');
}

/** Compares what was sent with what a case says of it. */
export function expectSent(fields: Fields, expected: SentHeaders): void {
  for (const [name, value] of Object.entries(expected)) {
    const sent = fields[name];
    if (value === null || value === undefined) expect(sent, name).toBeUndefined();
    else if (typeof value === 'string') expect(sent, name).toBe(value);
    else if (name === 'tracestate') expectTraceState(sent, value as SentTraceState);
    else if (name === 'baggage') expect(baggageItems(sent), name).toEqual(value);
    else expect(pairs(sent, ',', '='), name).toEqual(value);
  }
}

/** What was sent, with all that a case says is to be sent of what a carrier leaves out where it lacks room. */
export function unabridged(fields: Fields, { baggage, tracestate }: SentHeaders): Fields {
  const foreign = (tracestate as SentTraceState | undefined)?.foreign;
  const { member } = split(fields.tracestate);
  return {
    ...fields,
    ...(typeof baggage === 'string' && { baggage }),
    ...(foreign && { tracestate: `dd=${member},${foreign}` }),
  };
}

/** Compares what was sent where there was no room for all of it. */
export function expectAbridged(fields: Fields, expected: SentHeaders, holds: (fields: Fields) => boolean): void {
  const { baggage: _leftOut, tracestate, ...others } = expected;
  const { baggage: _alsoLeftOut, ...withoutBaggage } = unabridged(fields, expected);
  const { foreign = '', ...state } = tracestate as SentTraceState;
  const all = foreign.split(',');
  const kept = split(fields.tracestate).others;
  expect(holds(fields), 'there is room').toBe(true);
  expect(kept.length < all.length, 'members are left out only where it takes that').toBe(!holds(withoutBaggage));
  const left = { ...state, foreign: all.slice(0, kept.length).join(',') };
  expectSent(fields, { ...others, baggage: null, tracestate: left });
}

function expectTraceState(header: string | undefined, { dd, ddHas, foreign }: SentTraceState): void {
  const { member, others } = split(header);
  const { 't.tid': _upperHalf, ...fields } = fieldsOfMember(member);
  if (dd) expect(fields, 'dd').toEqual(dd);
  if (ddHas) expect(fields, 'dd').toMatchObject(ddHas);
  if (foreign !== undefined) expect(others.join(','), 'other members').toBe(foreign);
}

/** The span that sends, where it is not the extracted one. */
export interface Sender {
  readonly spanId: string;
  readonly flags: number | undefined;
}

/**
 * What holds for every case: all formats that were sent say the same, namely what was extracted, and each of them keeps its own
 * limits and can stand in any carrier.
 */
export function expectAgreement(
  fields: Fields,
  extracted: ExpectedContext,
  { sender, withoutTags }: { sender?: Sender; withoutTags: boolean },
): void {
  for (const [name, value] of Object.entries(fields)) expect(value, `the bytes of ${name}`).toMatch(PRINTABLE);
  const { traceId } = extracted;
  const spanId = sender?.spanId ?? extracted.spanId;
  const priority = sentPriority(extracted, sender?.flags);
  const upperHalf = /^0+$/.test(traceId.slice(0, 16)) ? undefined : traceId.slice(0, 16);

  if (fields['x-datadog-trace-id'] !== undefined) {
    expect(fields).toMatchObject({
      'x-datadog-trace-id': decimal(traceId.slice(16)),
      'x-datadog-parent-id': decimal(spanId),
      'x-datadog-sampling-priority': String(priority),
    });
    const tags = pairs(fields['x-datadog-tags'], ',', '=');
    if (!withoutTags) expect(tags['_dd.p.tid'], '_dd.p.tid').toBe(upperHalf);
  }
  if (fields.traceparent !== undefined) {
    // Set by whoever made the id, so it says the same all along the trace.
    const random = (extracted.flags ?? 0) & RANDOM_TRACE_ID;
    expect(fields.traceparent).toBe(`00-${traceId}-${spanId}-0${random + (priority > 0 ? 1 : 0)}`);
    const { member, others: foreign } = split(fields.tracestate);
    const { s, p, 't.tid': tid = upperHalf } = fieldsOfMember(member);
    expect({ s, p, tid }, 'dd').toEqual({
      s: String(priority),
      p: sender ? spanId : extracted.parentId,
      tid: upperHalf,
    });
    expect(member?.length ?? 0, 'the length of dd').toBeLessThanOrEqual(MAX_DATADOG_MEMBER);
    const keys = ['dd', ...foreign.map((each) => each.slice(0, each.indexOf('=')))];
    expect(keys.length, 'members').toBeLessThanOrEqual(MAX_MEMBERS);
    expect(new Set(keys).size, 'different keys').toBe(keys.length);
  }
  const id = upperHalf ? traceId : traceId.slice(16);
  const kept = priority > 0 ? '1' : '0';
  if (fields.b3 !== undefined) expect(fields.b3).toBe(`${id}-${spanId}-${kept}`);
  if (fields['x-b3-traceid'] !== undefined) {
    expect(fields).toMatchObject({ 'x-b3-traceid': id, 'x-b3-spanid': spanId, 'x-b3-sampled': kept });
  }
}

/** An undecided trace is kept by default; a decision against the priority that came in makes it 1 or 0. */
function sentPriority({ priority }: ExpectedContext, flags: number | undefined): number {
  const inherited = priority ?? 1;
  if (flags === undefined) return inherited;
  const sampled = flags & 1;
  return inherited > 0 === sampled > 0 ? inherited : sampled;
}

/** The items of a baggage header, decoded. */
export function baggageItems(header: string | undefined): Record<string, string> {
  const items = (header ? header.split(',') : []).map((item): [string, string] => {
    const [pair = ''] = item.split(';');
    const equals = pair.indexOf('=');
    return [decodeURIComponent(pair.slice(0, equals)), decodeURIComponent(pair.slice(equals + 1))];
  });
  return Object.fromEntries(items);
}

/** `dd` stands leftmost, or it is none. */
function split(header: string | undefined): { member: string | undefined; others: string[] } {
  const members = header ? header.split(',') : [];
  if (!members[0]?.startsWith('dd=')) return { member: undefined, others: members };
  return { member: members[0].slice('dd='.length), others: members.slice(1) };
}

function pairs(text: string | undefined, between: string, inside: string): Record<string, string> {
  const parts = text ? text.split(between) : [];
  return Object.fromEntries(
    parts.map((part) => [part.slice(0, part.indexOf(inside)), part.slice(part.indexOf(inside) + 1)]),
  );
}

function decimal(hex: string): string {
  return BigInt(`0x${hex}`).toString();
}
