// Parts of which the table of accepted differences is made.
import type { Case, Covering } from './accepted-difference.ts';
import type { NamedConfiguration } from './configurations.ts';
import type { Difference } from './facts.ts';
import type { Headers, Observation, PeerName } from './peer.ts';
import { baggagePairsOf, datadogMemberOf, decoded, MAX_MEMBERS, membersOf } from './reading.ts';

/** Where a decision is written. */
export const DECISION =
  /^(?:forwarded|child) (?:x-datadog-sampling-priority|traceparent sampled|dd s|b3 sampled|x-b3-sampled|x-b3-flags)$/;
export const DECISION_MAKER = /^(?:tag|(?:forwarded|child) x-datadog-tags) _dd\.p\.dm$|^(?:forwarded|child) dd t\.dm$/;
export const TAG = /^tag |^(?:forwarded|child) (?:x-datadog-tags |dd t\.)/;
export const BAGGAGE = /^(?:(?:forwarded|child) )?baggage /;

export function forAllPeers<T>(one: T): Record<PeerName, T> {
  return { 'dd-trace-js': one, ddtrace: one, 'dd-trace-go': one };
}

export function forJsAndPython(covering: Covering): Partial<Record<PeerName, Covering>> {
  return { 'dd-trace-js': covering, ddtrace: covering };
}

export function forJsAndGo(covering: Covering): Partial<Record<PeerName, Covering>> {
  return { 'dd-trace-js': covering, 'dd-trace-go': covering };
}

export function forPythonAndGo(covering: Covering): Partial<Record<PeerName, Covering>> {
  return { ddtrace: covering, 'dd-trace-go': covering };
}

/** Nobody has decided yet whether the trace is kept. */
export function isUndecided({ ours }: Case): boolean {
  return ours.context !== null && ours.context.priority === null;
}

export function isOfDecision(fact: string): boolean {
  return fact === 'priority' || DECISION.test(fact) || DECISION_MAKER.test(fact);
}

export function isNotBaggage({ fact }: Difference): boolean {
  return !/^(?:forwarded )?baggage /.test(fact);
}

/** A member that the tracer's own `ot` leaves no place for. */
export function isEvicted({ fact, theirs }: Difference, { headers }: Case): boolean {
  const isFull = membersOf(headers).length >= MAX_MEMBERS - 1;
  return (
    isFull &&
    (/^child member /.test(fact)
      ? theirs === undefined
      : fact === 'child members in order' && /^ot /.test(theirs ?? ''))
  );
}

/** What a tracer adds that says its own sampling in OpenTelemetry's words. */
export function isOwnSampling({ fact, ours, theirs }: Difference): boolean {
  if (fact === 'child member ot') {
    const [, others] = /^rv:[0-9a-f]{14};th:0(?:;(.*))?$/s.exec(theirs ?? '') ?? [theirs, theirs];
    return others === ours || (others !== theirs && samplingFields(others) === samplingFields(ours));
  }
  return fact === 'child members in order' && isSameBut(theirs, ours, 'ot', 0);
}

/** Whether two lists of keys are the same when this one is left out of them, or, if they are long, begin the same. */
export function isSameBut(one: string | undefined, other: string | undefined, key: string, length: number): boolean {
  const [some, others] = [one, other].map((list) =>
    (list ?? '').split(' ').filter((name) => name !== key && name !== ''),
  );
  if (some === undefined || others === undefined) return false;
  const compared = length > 31 ? Math.min(some.length, others.length) : Math.max(some.length, others.length);
  return some.slice(0, compared).join(' ') === others.slice(0, compared).join(' ');
}

export function samplingFields(member: string | undefined): string {
  return (member ?? '')
    .split(';')
    .map((field) => field.replace(/^(th:[0-9a-f]+?)0+$/, '$1'))
    .filter((field) => /^[^:]+:./.test(field))
    .sort()
    .join(';');
}

export function withoutThreshold(member: string | undefined): string {
  return (member ?? '')
    .split(';')
    .filter((field) => !field.startsWith('th:'))
    .join(';');
}

/** How long the dd member would be if it held all that the headers say. */
export function datadogLengthOf(headers: Headers, { context }: Observation): number {
  const tags = Object.entries(context?.tags ?? {}).map(([key, value]) => `;t.${key.slice('_dd.p.'.length)}:${value}`);
  const all = `s:-1;p:0123456789abcdef;t.tid:0123456789abcdef;o:${context?.origin ?? ''}${tags.join('')}`;
  return all.length + (datadogMemberOf(headers)?.length ?? 0);
}

/** Control characters are _ in dd. */
export function withoutSpaces(text: string): string {
  return text.replace(/^[\s_]+|[\s_]+$/g, '');
}

export function withSpaces(text: string | undefined): string {
  return (text ?? '').replaceAll('+', ' ').trim();
}

export function isZero(id: string | undefined): boolean {
  return /^0+$/.test(id ?? '');
}

/** Characters of all tags as they are written. */
export function tagsLengthOf({ context }: Observation): number {
  const upperHalf = context?.traceId.slice(0, 16) ?? '';
  const tags = Object.entries({ ...(!isZero(upperHalf) && { '_dd.p.tid': upperHalf }), ...context?.tags });
  return tags.map(([key, value]) => `${key}=${value}`).join(',').length;
}

export function maxTagsOf({ variables }: NamedConfiguration): number {
  return Number(variables.DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH ?? 512);
}

export function maxBaggageOf({ variables }: NamedConfiguration): number {
  return Number(variables.DD_TRACE_BAGGAGE_MAX_BYTES ?? 8192);
}

/** Baggage keys with spaces around them, and what is left of them without. */
export function keysWithSpacesAround({ headers }: Case): string[] {
  const keys = baggagePairsOf(headers).map(([key]) => decoded(key.trim()).replaceAll('+', ' '));
  return keys.filter((key) => key !== key.trim()).flatMap((key) => [key, key.trim()]);
}

export function isDecodable(text: string | undefined): boolean {
  try {
    return decodeURIComponent(text ?? '') !== undefined;
  } catch {
    return false;
  }
}
