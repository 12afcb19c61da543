import {
  type Attributes,
  type Context,
  type Link,
  SamplingDecision,
  type SpanContext,
  type SpanKind,
  TraceFlags,
  type TraceState,
  trace,
} from '@opentelemetry/api';
import { booleanFrom, firstSet } from '../configuration/environment';
import { datadogNaming, operationNamesFrom } from '../configuration/operation-names';
import { type DatadogSamplerOptions, type SamplingRule, samplingConfiguration } from '../configuration/sampling';
import { type DatadogState, NO_STATE } from '../propagation/datadog-state';
import { DatadogTraceState } from '../propagation/datadog-trace-state';
import { decisionCell, isUndecided, LocalTraceState, unchangingTraceState } from '../propagation/local-trace-state';
import { DECISION_MAKER, KNUTH_RATE } from '../propagation/propagation-tags';
import { isKept, type SamplingPriority } from '../propagation/sampling-priority';
import { datadogResourceAttributes, SERVICE_NAME } from './resource';
import { LIMIT_RATE, priorityByHand, RULE_RATE } from './sampling-decision';
import { hashThreshold, traceIdHash } from './sampling-hash';
import { RateLimit } from './sampling-rate-limit';
import { matchesRule, type ServiceTags, type StartingSpan } from './sampling-rules';

/** What a sampler says of a span. */
export interface SampledSpan {
  readonly decision: SamplingDecision;
  readonly attributes?: Attributes;
  readonly traceState?: TraceState;
}

/** `_dd.p.dm`: decided by default, and by a rule or a rate of this process. */
const BY_DEFAULT = '-0';
const BY_RULE = '-3';

interface Verdict {
  readonly priority: SamplingPriority;
  readonly decisionMaker: string;
  /** `_dd.p.ksr`; `undefined` where no rate decided. */
  readonly rate: string | undefined;
  readonly attributes: Attributes | undefined;
}

const KEPT_BY_DEFAULT: Verdict = { priority: 1, decisionMaker: BY_DEFAULT, rate: undefined, attributes: undefined };

interface Rule {
  readonly patterns: SamplingRule;
  readonly rate: number;
  /** As it is written: six decimals at most, without zeros at the end. */
  readonly rateText: string;
  readonly threshold: bigint;
  readonly limit: RateLimit | undefined;
}

/**
 * A `Sampler` that decides as Datadog's tracers do, so that services of both kinds decide alike. A trace that comes with a decision keeps it, on every
 * service behind; else the first rule that matches decides, else the rate, within the limit; where none of these is configured
 * every trace is kept. The decision travels with the trace: priority, `_dd.p.dm`, `_dd.p.ksr`.
 *
 * All spans of a local trace (of this process, from the span with a remote parent, or none, on) share one decision, which
 * `setSamplingPriority()` and the attributes `manual.keep`, `manual.drop`, `sampling.priority` replace.
 */
export class DatadogSampler {
  readonly #rules: readonly Rule[];
  readonly #limit: RateLimit;
  readonly #service: ServiceTags;
  readonly #dropped: SamplingDecision;
  /** What roots without a parent have, by what was decided: an inject formats each once. */
  readonly #states = new Map<string, DatadogTraceState>();

  /** @throws TypeError for an option that is none; a bad variable in the environment is one warning. */
  constructor(options: DatadogSamplerOptions = {}) {
    const { rules, sampleRate, rateLimit } = samplingConfiguration(options);
    const { env = process.env } = options;
    const record = options.recordUnsampled ?? booleanFrom(env, 'OTEL_DATADOG_RECORD_UNSAMPLED', true);
    const byRate = sampleRate === undefined ? [] : [{ sampleRate, maxPerSecond: rateLimit }];
    this.#rules = [...rules, ...byRate].map(ruleOf);
    this.#limit = new RateLimit(rateLimit);
    this.#service = serviceTags(options);
    this.#dropped = record ? SamplingDecision.RECORD : SamplingDecision.NOT_RECORD;
  }

  shouldSample(
    context: Context,
    traceId: string,
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    _links: Link[],
  ): SampledSpan {
    const found = trace.getSpanContext(context);
    const parent = found !== undefined && trace.isSpanContextValid(found) ? found : undefined;
    const byHand = priorityByHand(attributes);
    if (parent !== undefined && parent.isRemote !== true) return this.#child(parent, byHand);

    const inherited = parent && unchangingTraceState(parent);
    let state = inherited;
    let verdict: Verdict | undefined;
    if (parent === undefined || isUndecided(parent)) {
      verdict = byHand === undefined ? this.#verdict(traceId, { name, kind, attributes }) : KEPT_BY_DEFAULT;
      state = this.#stateOf(verdict, inherited);
    }
    const local = new LocalTraceState(state as DatadogTraceState, { samplingPriority: byHand });
    const priority = byHand ?? verdict?.priority ?? (isSampled(parent as SpanContext) ? 1 : 0);
    return this.#result(isKept(priority), local, byHand === undefined ? verdict?.attributes : undefined);
  }

  toString(): string {
    return 'DatadogSampler';
  }

  #child(parent: SpanContext, byHand: SamplingPriority | undefined): SampledSpan {
    const cell = decisionCell(parent);
    if (cell !== undefined && byHand !== undefined) cell.samplingPriority = byHand;
    const priority = cell?.samplingPriority ?? (isSampled(parent) ? 1 : 0);
    return this.#result(isKept(priority));
  }

  #result(kept: boolean, traceState?: TraceState, attributes?: Attributes): SampledSpan {
    const decision = kept ? SamplingDecision.RECORD_AND_SAMPLED : this.#dropped;
    if (traceState === undefined) return { decision };
    return attributes === undefined ? { decision, traceState } : { decision, traceState, attributes };
  }

  #verdict(traceId: string, span: StartingSpan): Verdict {
    for (const rule of this.#rules) {
      if (matchesRule(rule.patterns, span, this.#service)) return this.#verdictOf(rule, traceId);
    }
    return KEPT_BY_DEFAULT;
  }

  #verdictOf({ rate, rateText, threshold, limit }: Rule, traceId: string): Verdict {
    const attributes: Attributes = { [RULE_RATE]: rate };
    const verdict = (priority: SamplingPriority): Verdict => ({
      priority,
      decisionMaker: BY_RULE,
      rate: rateText,
      attributes,
    });
    if (rate === 0 || (rate < 1 && traceIdHash(traceId) > threshold)) return verdict(-1);
    if (limit !== undefined && !limit.isAllowed()) return verdict(-1);
    const allowed = this.#limit.isAllowed();
    attributes[LIMIT_RATE] = this.#limit.effectiveRate();
    return verdict(allowed ? 2 : -1);
  }

  #stateOf(verdict: Verdict, inherited: DatadogTraceState | undefined): DatadogTraceState {
    if (inherited !== undefined) {
      const datadog = withVerdict(inherited.datadog, verdict);
      return new DatadogTraceState({ datadog, foreign: inherited.foreign }, inherited.randomTraceId);
    }
    const key = `${verdict.priority} ${verdict.rate}`;
    let state = this.#states.get(key);
    if (state === undefined) {
      state = new DatadogTraceState({ datadog: withVerdict(NO_STATE, verdict), foreign: [] });
      this.#states.set(key, state);
    }
    return state;
  }
}

function ruleOf(patterns: SamplingRule): Rule {
  const { sampleRate: rate, maxPerSecond } = patterns;
  return {
    patterns,
    rate,
    rateText: String(Number(rate.toFixed(6))),
    threshold: hashThreshold(rate),
    limit: maxPerSecond === undefined ? undefined : new RateLimit(maxPerSecond),
  };
}

/** Who decided before, if only who, still has; what was decided has no other maker than the one that kept it. */
function withVerdict(state: DatadogState, { priority, decisionMaker, rate }: Verdict): DatadogState {
  const tags = new Map(state.tags);
  if (rate !== undefined) tags.set(KNUTH_RATE, rate);
  if (!isKept(priority)) tags.delete(DECISION_MAKER);
  else if (!tags.has(DECISION_MAKER)) tags.set(DECISION_MAKER, decisionMaker);
  return { ...state, tags, samplingPriority: priority };
}

function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0;
}

function serviceTags({ env = process.env, service, tags }: DatadogSamplerOptions): ServiceTags {
  const { [SERVICE_NAME]: datadogService, ...others } = datadogResourceAttributes(env);
  const {
    'deployment.environment.name': environment,
    'service.version': version,
    ...own
  } = others as Record<string, string>;
  return {
    service: service ?? (datadogService as string | undefined) ?? firstSet(env, 'OTEL_SERVICE_NAME'),
    tags: tags ?? { ...own, ...(environment && { env: environment }), ...(version && { version }) },
    naming: operationNamesFrom({ env }) || datadogNaming(env),
  };
}
