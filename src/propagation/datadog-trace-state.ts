import { type SpanContext, TraceFlags, type TraceState } from '@opentelemetry/api';
import { aroundParentId, encodeValue, formatDatadogMember, parseDatadogMember } from './datadog-member';
import { type DatadogState, decide, decideByHand, NO_STATE } from './datadog-state';
import type { FieldTemplates } from './field-templates';
import { UPPER_HALF } from './propagation-tags';
import { isKept, type SamplingPriority, sampledFlag } from './sampling-priority';
import type { StateHeaders } from './state-headers';
import { isLegalMember, joinedMembers, MAX_MEMBERS, type Member, parseMembers } from './trace-state-members';

export const DATADOG_KEY = 'dd';

// Not `instanceof`: the preload's bundle and the application's import are two copies of this class. The number
// changes with what one copy calls on an object of the other.
export const BRAND = Symbol.for('otel-datadog-bridge.trace-state.2');

/** What a trace state says. */
export interface TraceStateContent {
  readonly datadog: DatadogState;
  /** The other vendors' members, leftmost (newest) first, at most 31. */
  readonly foreign: readonly Member[];
}

/** Headers that say the same, of a trace that came in: they are read when somebody asks. */
export interface InboundHeaders {
  /** A valid one. */
  readonly traceId: string;
  /** The lower half of that in decimal, if it came along. */
  readonly datadogTraceId: string | undefined;
  /** As the content has it. */
  readonly samplingPriority: SamplingPriority | undefined;
  /** All that the content depends on; `undefined` where that is more. */
  readonly stateHeaders: StateHeaders | undefined;
  readContent(): TraceStateContent;
}

const NO_CONTENT: TraceStateContent = { datadog: NO_STATE, foreign: [] };

/**
 * `tracestate` with its `dd` member kept parsed, so that child spans, which share their parent's
 * object, inject without parsing, and so that nothing is lost which the member cannot hold (the
 * raw origin, tags beyond 256 characters). Immutable.
 */
export class DatadogTraceState implements TraceState {
  declare readonly [BRAND]: true;
  /** The sampled flag of a decision by hand, which a span's own flag does not know of. */
  declare flagByHand: TraceFlags | undefined;
  /** Whether `traceparent` said that the trace id is random: an SDK's spans forget that flag. */
  readonly randomTraceId: boolean;
  /** What an inject has formatted, for the next one. */
  templates: FieldTemplates | undefined;
  /** The same with the ids of its trace, once that sends more than one message. */
  templatesOfTrace: FieldTemplates | undefined;
  /** The headers that it was read from, if it came from outside. */
  readonly inbound: InboundHeaders | undefined;
  #content: TraceStateContent | undefined;
  #kept: DatadogTraceState | undefined;
  #dropped: DatadogTraceState | undefined;
  #byHand: DatadogTraceState | undefined;
  /** An exporter asks twice for each span of the trace. */
  #serialized: string | undefined;

  /** What is not read yet is read when somebody first asks: of most of a batch's records nothing but the ids is ever looked at. */
  constructor(content: TraceStateContent | InboundHeaders, randomTraceId = false) {
    if ('readContent' in content) this.inbound = content;
    else this.#content = content;
    this.randomTraceId = randomTraceId;
  }

  get datadog(): DatadogState {
    return this.#read().datadog;
  }

  get foreign(): readonly Member[] {
    return this.#read().foreign;
  }

  #read(): TraceStateContent {
    this.#content ??= this.inbound?.readContent() ?? NO_CONTENT;
    return this.#content;
  }

  get(key: string): string | undefined {
    if (key !== DATADOG_KEY) return this.foreign.find((member) => member[0] === key)?.[1];
    return this.#member() || undefined;
  }

  /**
   * A trace state with this member, leftmost of the foreign ones; the same where W3C does not allow key or value. Of `dd` stays
   * what a member cannot show: whoever sets it has not seen that.
   */
  set(key: string, value: string): DatadogTraceState {
    if (key === DATADOG_KEY) return this.#with(this.#stateWith(value), this.foreign);
    if (!isLegalMember(key, value)) return this;
    const members: Member[] = [[key, value], ...this.#without(key)];
    return this.#with(this.datadog, members.slice(0, MAX_MEMBERS - 1));
  }

  unset(key: string): DatadogTraceState {
    return key === DATADOG_KEY ? this.#with(NO_STATE, this.foreign) : this.#with(this.datadog, this.#without(key));
  }

  /** All members, the `dd` member with the `p` and the tags that came in. To send it on: `outgoingFields`. */
  serialize(): string {
    if (this.#serialized === undefined) {
      const member = this.#member();
      const foreign = joinedMembers(this.foreign);
      this.#serialized = member === '' ? foreign.slice(1) : `${DATADOG_KEY}=${member}${foreign}`;
    }
    return this.#serialized;
  }

  /** The same, in line with a sampling decision. */
  decided(sampled: boolean): DatadogTraceState {
    const known = sampled ? this.#kept : this.#dropped;
    if (known !== undefined) return known;
    const { samplingPriority } = this.inbound ?? this.datadog;
    if (samplingPriority !== undefined && isKept(samplingPriority) === sampled) return this;
    const state = decide(this.datadog, sampled);
    const decided = state === this.datadog ? this : this.#with(state, this.foreign);
    if (sampled) this.#kept = decided;
    else this.#dropped = decided;
    return decided;
  }

  /** The same, decided by hand. */
  decidedByHand(samplingPriority: SamplingPriority): DatadogTraceState {
    if (this.#byHand?.datadog.samplingPriority !== samplingPriority) {
      this.#byHand = this.#with(decideByHand(this.datadog, samplingPriority), this.foreign);
      this.#byHand.flagByHand = sampledFlag(samplingPriority);
    }
    return this.#byHand;
  }

  #member(): string {
    return aroundParentId(formatDatadogMember(this.datadog, this.datadog.tags.get(UPPER_HALF)), this.datadog.parentId);
  }

  /** The state that this member describes, and what ours has beyond what our own member shows. */
  #stateWith(member: string): DatadogState {
    if (member === this.#member()) return this.datadog;
    const { datadog } = this;
    const said = parseDatadogMember(member);
    const isStill = (raw: string | undefined, value: string) =>
      raw !== undefined && encodeValue(raw) === encodeValue(value);
    const tags = new Map(said.tags);
    for (const [key, value] of said.tags) {
      const raw = datadog.tags.get(key);
      if (raw !== undefined && isStill(raw, value)) tags.set(key, raw);
    }
    for (const [key, value] of formatDatadogMember(datadog, datadog.tags.get(UPPER_HALF)).omitted) {
      if (!tags.has(key)) tags.set(key, value);
    }
    const origin = isStill(datadog.origin, said.origin ?? '') ? datadog.origin : said.origin;
    return { ...said, tags, origin, pathway: datadog.pathway };
  }

  #with(datadog: DatadogState, foreign: readonly Member[]): DatadogTraceState {
    return new DatadogTraceState({ datadog, foreign }, this.randomTraceId);
  }

  #without(key: string): readonly Member[] {
    return this.foreign.filter((member) => member[0] !== key);
  }
}

// On the prototype: properties less to make for each message.
Object.defineProperty(DatadogTraceState.prototype, BRAND, { value: true });
Object.defineProperty(DatadogTraceState.prototype, 'flagByHand', { value: undefined, writable: true });

/** What a `tracestate` header says; `dd` is read wherever it stands, without its tags where nobody needs them. */
export function parseTraceState(header: string | undefined, parts?: { withTags: boolean }): TraceStateContent {
  if (!header) return NO_CONTENT;
  const { own, foreign } = parseMembers(header, DATADOG_KEY);
  return { datadog: own === undefined ? NO_STATE : parseDatadogMember(own, parts), foreign };
}

/** The trace state that says nothing. */
export const EMPTY = new DatadogTraceState(NO_CONTENT);

/** A trace state of ours with the decision of its local trace, which its own object may not hold. */
interface DecidableTraceState extends TraceState {
  decided(sampled: boolean): DatadogTraceState;
}

/**
 * The state with which a span context is sent on or exported: what it inherited, brought into line
 * with its sampled flag, or with what was decided by hand since. Under OpenTelemetry's own samplers a root span has no state at all.
 */
export function decidedTraceState({ traceFlags, traceState }: SpanContext): DatadogTraceState {
  const sampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
  if (traceState === undefined) return EMPTY.decided(sampled);
  return (isDecidable(traceState) ? traceState : readTraceState(traceState)).decided(sampled);
}

/** What another implementation of the interface says. */
export function readTraceState(traceState: TraceState): DatadogTraceState {
  return new DatadogTraceState(parseTraceState(traceState.serialize()));
}

function isDecidable(traceState: TraceState): traceState is DecidableTraceState {
  return BRAND in traceState;
}
