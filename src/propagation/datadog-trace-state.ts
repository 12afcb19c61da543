import { type SpanContext, TraceFlags, type TraceState } from '@opentelemetry/api';
import { formatDatadogMember, parseDatadogMember } from './datadog-member';
import { type DatadogState, decide, NO_STATE } from './datadog-state';
import { withUpperHalf } from './propagation-tags';

const MAX_MEMBERS = 32;
const DATADOG_KEY = 'dd';
const KEY = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

// Not `instanceof`: the preload's bundle and the application's import are two copies of this class.
const BRAND = Symbol.for('otel-datadog-bridge.trace-state');

type Member = readonly [key: string, value: string];

/**
 * `tracestate` with its `dd` member kept parsed, so that child spans, which share their parent's
 * object, inject without parsing, and so that nothing is lost which the member cannot hold (the
 * raw origin, tags beyond 256 characters). Immutable.
 */
export class DatadogTraceState implements TraceState {
  readonly [BRAND] = true;
  readonly datadog: DatadogState;
  /** The other vendors' members, leftmost (newest) first. */
  readonly foreign: readonly Member[];
  #formatted: { upperHalf: string; before: string; after: string } | undefined;

  constructor(datadog: DatadogState, foreign: readonly Member[] = []) {
    this.datadog = datadog;
    this.foreign = foreign;
  }

  get(key: string): string | undefined {
    if (key !== DATADOG_KEY) return this.foreign.find((member) => member[0] === key)?.[1];
    return this.#datadogMember() || undefined;
  }

  set(key: string, value: string): DatadogTraceState {
    if (key === DATADOG_KEY) return new DatadogTraceState(parseDatadogMember(value), this.foreign);
    if (!KEY.test(key) || !VALUE.test(value)) return this;
    return new DatadogTraceState(
      this.datadog,
      [[key, value], ...this.#without(key)].slice(0, MAX_MEMBERS - 1) as Member[],
    );
  }

  unset(key: string): DatadogTraceState {
    return key === DATADOG_KEY
      ? new DatadogTraceState(NO_STATE, this.foreign)
      : new DatadogTraceState(this.datadog, this.#without(key));
  }

  /** All members, the `dd` member with the `p` and the tags that came in. To send it on: `serializeFor`. */
  serialize(): string {
    const member = this.#datadogMember();
    return this.#withForeign(member === '' ? '' : `${DATADOG_KEY}=${member}`);
  }

  /**
   * The header to send: `p` is the span that sends it (or the last Datadog parent, when a context is only
   * passed on), `t.tid` the upper half of the trace id.
   */
  serializeFor(parentId: string | undefined, upperHalf: string): string {
    if (this.#formatted?.upperHalf !== upperHalf) {
      this.#formatted = {
        upperHalf,
        ...formatDatadogMember(this.datadog, withUpperHalf(this.datadog.tags, upperHalf)),
      };
    }
    return this.#withForeign(`${DATADOG_KEY}=${around(parentId, this.#formatted)}`);
  }

  #datadogMember(): string {
    return around(this.datadog.parentId, formatDatadogMember(this.datadog, this.datadog.tags));
  }

  #withForeign(datadog: string): string {
    const members = this.foreign.map(([key, value]) => `${key}=${value}`);
    return (datadog === '' ? members : [datadog, ...members]).join(',');
  }

  #without(key: string): readonly Member[] {
    return this.foreign.filter((member) => member[0] !== key);
  }
}

function around(parentId: string | undefined, { before, after }: { before: string; after: string }): string {
  const parent = parentId === undefined ? '' : `p:${parentId}`;
  return [before, parent, after].filter((part) => part !== '').join(';');
}

/** Parses a `tracestate` header. Members that W3C does not allow are left out, as are those past the 32nd; `dd` never is. */
export function parseTraceState(header: string | undefined): DatadogTraceState {
  let datadog: DatadogState | undefined;
  const foreign = new Map<string, string>();
  for (const text of header?.split(',') ?? []) {
    const member = text.trim();
    const equals = member.indexOf('=');
    if (equals <= 0) continue;
    const key = member.slice(0, equals);
    const value = member.slice(equals + 1);
    if (key === DATADOG_KEY) datadog ??= parseDatadogMember(value);
    else if (foreign.size < MAX_MEMBERS - 1 && !foreign.has(key) && KEY.test(key) && VALUE.test(value))
      foreign.set(key, value);
  }
  return new DatadogTraceState(datadog ?? NO_STATE, [...foreign]);
}

const KEPT = new DatadogTraceState(decide(NO_STATE, true));
const DROPPED = new DatadogTraceState(decide(NO_STATE, false));

/**
 * The state with which a span context is sent on or exported: what it inherited, brought into line
 * with its sampled flag. Under OpenTelemetry's own samplers a root span has no state at all.
 */
export function decidedTraceState({ traceFlags, traceState }: SpanContext): DatadogTraceState {
  const sampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
  if (traceState === undefined) return sampled ? KEPT : DROPPED;
  const inherited = isDatadogTraceState(traceState) ? traceState : parseTraceState(traceState.serialize());
  const decided = decide(inherited.datadog, sampled);
  return decided === inherited.datadog ? inherited : new DatadogTraceState(decided, inherited.foreign);
}

function isDatadogTraceState(traceState: TraceState): traceState is DatadogTraceState {
  return BRAND in traceState;
}
