import { DECISION_MAKER, KNUTH_RATE, NO_TAGS, type PropagationTags, UPPER_HALF } from './propagation-tags';
import { isKept, type SamplingPriority } from './sampling-priority';

/** What Datadog knows of a trace and W3C has no field for. */
export interface DatadogState {
  /** `undefined`: nobody has decided yet. */
  readonly samplingPriority: SamplingPriority | undefined;
  /** Where the trace began (`synthetics`, `rum`, `lambda`), as it came. */
  readonly origin: string | undefined;
  /** Span id of the last span that a Datadog tracer made (`p` in tracestate), usually 16 hex digits. */
  readonly parentId: string | undefined;
  readonly tags: PropagationTags;
  /** Other `key:value` fields of the `dd` member, as they came. */
  readonly unknown: readonly string[];
  /** Data Streams Monitoring's `dd-pathway-ctx-base64`, as it came. */
  readonly pathway: string | undefined;
}

export const NO_STATE: DatadogState = {
  samplingPriority: undefined,
  origin: undefined,
  parentId: undefined,
  tags: NO_TAGS,
  unknown: [],
  pathway: undefined,
};

/** Whether two traces have all in common but what is said of their ids. */
export function isAlikeButForIds(one: DatadogState, other: DatadogState): boolean {
  if (one.samplingPriority !== other.samplingPriority || one.origin !== other.origin) return false;
  if (one.pathway !== other.pathway || one.unknown.length > 0 || other.unknown.length > 0) return false;
  if (one.tags.size !== other.tags.size) return false;
  const others = other.tags.entries();
  for (const [key, value] of one.tags) {
    const [otherKey, otherValue] = others.next().value as [string, string];
    if (key !== otherKey || (value !== otherValue && key !== UPPER_HALF)) return false;
  }
  return true;
}

const DECIDED_BY_DEFAULT = '-0';

/**
 * The state as a sampling decision leaves it. A priority that agrees with the decision stays (2 is more
 * than "kept"); one that contradicts it becomes 1 or 0, and then whoever decided before did not decide this:
 * the decision maker is `-0` for a kept trace, none for a dropped one.
 * https://github.com/DataDog/system-tests/blob/main/tests/parametric/test_headers_tracecontext.py
 */
export function decide(state: DatadogState, sampled: boolean): DatadogState {
  const { samplingPriority } = state;
  const undecided = samplingPriority === undefined;
  if (!undecided && isKept(samplingPriority) === sampled) return state;
  const tags = new Map(state.tags);
  if (!sampled) tags.delete(DECISION_MAKER);
  else if (!undecided || !tags.has(DECISION_MAKER)) tags.set(DECISION_MAKER, DECIDED_BY_DEFAULT);
  return { ...state, tags, samplingPriority: sampled ? 1 : 0 };
}

const DECIDED_BY_HAND = '-4';

/**
 * The state as a decision by hand leaves it, whatever it was before: the user is the decision maker of a kept trace, and a rate has no part in it.
 * https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/priority_sampler.js
 */
export function decideByHand(state: DatadogState, samplingPriority: SamplingPriority): DatadogState {
  const tags = new Map(state.tags);
  tags.delete(KNUTH_RATE);
  if (isKept(samplingPriority)) tags.set(DECISION_MAKER, DECIDED_BY_HAND);
  else tags.delete(DECISION_MAKER);
  return { ...state, tags, samplingPriority };
}
