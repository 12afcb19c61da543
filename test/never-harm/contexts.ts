import {
  type Context,
  context,
  createTraceState,
  defaultTextMapGetter,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { Random } from '../differential/random.ts';
import { validHeaders } from '../differential/valid-headers.ts';
import type { Bridge } from './bridge.ts';

const STYLES = ['datadog', 'tracecontext', 'b3', 'b3multi', 'baggage'];
const PRINTABLE = 'abcdefghijklmnopqrstuvwxyz0123456789 !#$%&()*+-./:;<>?@[]^_`{|}~';
const BAGGAGE_PIECES = ['city', 'Köln', '中', '"quoted"', 'a b', '\u{1f600}', '%', 'x', '=', ';', '\\'];
const MAX_BAGGAGE = 8192;

/** A context that a send may happen under: with a trace or without, plain, or with as much on it as the formats allow. */
export function randomContext(random: Random, { DatadogPropagator }: Bridge): Context {
  let active = withTrace(random, new DatadogPropagator({ env: {} }));
  if (random.chance(20)) active = withBaggage(active, random, random.between(1, 200));
  else if (random.chance(8)) active = withBaggage(active, random, random.between(MAX_BAGGAGE - 500, MAX_BAGGAGE + 500));
  return random.chance(3) ? suppressTracing(active) : active;
}

/** Whether there is anything in the context to be sent. */
export function isEmpty(active: Context): boolean {
  const span = trace.getSpanContext(active);
  if (span !== undefined && isSpanContextValid(span)) return false;
  return (propagation.getBaggage(active)?.getAllEntries() ?? []).length === 0;
}

function withTrace(random: Random, propagator: InstanceType<Bridge['DatadogPropagator']>): Context {
  const kind = random.below(100);
  if (kind < 12) return ROOT_CONTEXT;
  if (kind < 15) return trace.setSpanContext(ROOT_CONTEXT, { ...spanContext(random), traceId: '0'.repeat(32) });
  if (kind < 40) return trace.setSpanContext(ROOT_CONTEXT, spanContext(random));
  if (kind < 55) {
    const traceState = createTraceState(manyMembers(random));
    return trace.setSpanContext(ROOT_CONTEXT, { ...spanContext(random), traceState, isRemote: true });
  }
  const headers = { ...validHeaders(random, STYLES) };
  if (kind < 75) headers['x-datadog-tags'] = longTags(random);
  return propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
}

function spanContext(random: Random): SpanContext {
  return { traceId: random.hex(32), spanId: random.hex(16), traceFlags: random.below(2) };
}

function manyMembers(random: Random): string {
  const members = random.chance(50) ? [`dd=s:${random.below(3)};o:rum;t.dm:-4`] : [];
  const longest = random.chance(20) ? 250 : 20;
  for (let count = random.between(1, 40); count > 0; count -= 1) {
    members.push(`vendor${count}=${random.text(random.between(1, longest), 'abcdefgh0123456789!"\\:')}`);
  }
  return members.join(',');
}

/** About as long as they may be (512 characters). */
function longTags(random: Random): string {
  const tags = ['_dd.p.dm=-4'];
  const length = random.between(300, 520);
  while (tags.join(',').length < length) {
    const value = random.text(random.between(1, 60), PRINTABLE).trim();
    tags.push(`_dd.p.tag${tags.length}=${value || 'x'}`);
  }
  return tags.join(',');
}

/** Baggage of about so many characters. */
function withBaggage(active: Context, random: Random, length: number): Context {
  const entries: Record<string, { value: string }> = {};
  const perEntry = random.chance(50) ? 20 : 400;
  for (let written = 0, index = 0; written < length; index += 1) {
    const piece = random.pick(BAGGAGE_PIECES);
    const value = piece.repeat(Math.max(1, Math.ceil(Math.min(perEntry, length - written) / piece.length)));
    entries[`key${index}`] = { value };
    written += value.length + 8;
  }
  return propagation.setBaggage(active, propagation.createBaggage(entries));
}

/** Runs it as an application does that has this context active. */
export function under<T>(active: Context, run: () => Promise<T>): Promise<T> {
  return context.with(active, run);
}
