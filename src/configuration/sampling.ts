import { type Environment, firstSet } from './environment';
import { warnOnce } from './warning';

/**
 * Which traces are kept at which rate. A pattern is a glob (`*`, `?`), whatever the case, of what is known when a trace's first span
 * starts; a rule without patterns is for every trace.
 */
export interface SamplingRule {
  /** Name of the service. */
  service?: string | undefined;
  /** Datadog's operation name (`web.request`), where it has none for the span the span's name. */
  name?: string | undefined;
  /** `<method> <path>` of an HTTP span, else the span's name. */
  resource?: string | undefined;
  /** Attributes that the span has when it starts, and `env`, `version`, `DD_TAGS`, by name. */
  tags?: Readonly<Record<string, string>> | undefined;
  /** From 0 (none) to 1 (all). */
  sampleRate: number;
  /** Of the kept ones at most as many a second. */
  maxPerSecond?: number | undefined;
}

export interface DatadogSamplerOptions {
  /** The first that matches decides. `DD_TRACE_SAMPLING_RULES`; default: none. */
  rules?: readonly SamplingRule[] | undefined;
  /** From 0 to 1, of the traces that no rule matches. `DD_TRACE_SAMPLE_RATE`, else what `OTEL_TRACES_SAMPLER` says; default: all are kept. */
  sampleRate?: number | undefined;
  /** Traces a second that rules and rate may keep; negative is no limit. `DD_TRACE_RATE_LIMIT`; default: 100. */
  rateLimit?: number | undefined;
  /** What rules match as the service. Default: `DD_SERVICE`, else `OTEL_SERVICE_NAME`. */
  service?: string | undefined;
  /** What rules match as tags beside a span's own. Default: `env`, `version` and `DD_TAGS`. */
  tags?: Readonly<Record<string, string>> | undefined;
  /**
   * Record the spans of dropped traces too, so that `manual.keep` can still keep them. `OTEL_DATADOG_RECORD_UNSAMPLED`; default: true. With `false` they cost
   * next to nothing.
   */
  recordUnsampled?: boolean | undefined;
  /** Default: `process.env`. */
  env?: Environment | undefined;
}

export interface SamplingConfiguration {
  readonly rules: readonly SamplingRule[];
  readonly sampleRate: number | undefined;
  readonly rateLimit: number;
}

const RULES = 'DD_TRACE_SAMPLING_RULES';
const RATE = 'DD_TRACE_SAMPLE_RATE';
const RATE_LIMIT = 'DD_TRACE_RATE_LIMIT';
const OTEL_SAMPLER = 'OTEL_TRACES_SAMPLER';
const OTEL_SAMPLER_ARGUMENT = 'OTEL_TRACES_SAMPLER_ARG';
const DEFAULT_RATE_LIMIT = 100;
const PATTERNS = ['service', 'name', 'resource'] as const;

/**
 * What the options say, else the environment. A bad variable is one warning, and counts for nothing.
 * @throws TypeError for a bad option.
 * https://docs.datadoghq.com/tracing/trace_pipeline/ingestion_mechanisms/
 */
export function samplingConfiguration(options: DatadogSamplerOptions): SamplingConfiguration {
  const { env = process.env, rules, sampleRate, rateLimit } = options;
  if (sampleRate !== undefined && !isRate(sampleRate)) {
    throw new TypeError(`sampleRate: ${sampleRate} is not a number from 0 to 1`);
  }
  if (rateLimit !== undefined && !Number.isFinite(rateLimit)) {
    throw new TypeError(`rateLimit: ${rateLimit} is not a number`);
  }
  const configuration = {
    rules: rules === undefined ? rulesFrom(env) : rules.map(checkedRule),
    sampleRate: sampleRate ?? rateFrom(env),
    rateLimit: rateLimit ?? limitFrom(env),
  };
  for (const reason of neverMatching(configuration.rules)) warnOnce(reason);
  return configuration;
}

function isRate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function checkedRule(rule: SamplingRule): SamplingRule {
  const fault = faultOf(rule);
  if (fault !== undefined) throw new TypeError(`rules: ${JSON.stringify(rule)} ${fault}`);
  return rule;
}

function faultOf(rule: SamplingRule): string | undefined {
  if (!isRate(rule.sampleRate)) return `has the sample rate ${rule.sampleRate}, which is not a number from 0 to 1`;
  if (rule.maxPerSecond !== undefined && !Number.isFinite(rule.maxPerSecond)) {
    return `has ${JSON.stringify(rule.maxPerSecond)} for what may be kept in a second, which is not a number`;
  }
  if (rule.tags !== undefined && !isRecord(rule.tags)) return 'has tags that are no object';
  for (const [name, pattern] of patternsOf(rule)) {
    if (typeof pattern !== 'string') return `can never match: its ${name} is no text`;
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function* patternsOf(rule: SamplingRule): Iterable<[name: string, pattern: unknown]> {
  for (const name of PATTERNS) if (rule[name] !== undefined) yield [name, rule[name]];
  for (const [tag, pattern] of Object.entries(rule.tags ?? {})) yield [`tag ${tag}`, pattern];
}

function rulesFrom(env: Environment): SamplingRule[] {
  const text = firstSet(env, RULES);
  if (text === undefined) return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {}
  if (!Array.isArray(parsed)) {
    warnOnce(`${RULES}=${text} is not a JSON array; no rules are used instead`);
    return [];
  }
  return parsed.flatMap((entry: unknown) => {
    const rule = isRecord(entry) ? ruleFrom(entry) : undefined;
    const fault = rule === undefined ? 'is no object' : faultOf(rule);
    if (rule !== undefined && fault === undefined) return rule;
    warnOnce(`${RULES}: ${JSON.stringify(entry)} ${fault}; the rule is left out`);
    return [];
  });
}

/** Rates may be text, and are cut to what a rate can be, as in dd-trace. */
function ruleFrom(entry: Record<string, unknown>): SamplingRule {
  const { service, name, resource, tags, sample_rate: rate, max_per_second: maxPerSecond } = entry;
  const sampleRate =
    typeof rate === 'string' || typeof rate === 'number' ? Number.parseFloat(String(rate)) : Number.NaN;
  return {
    service,
    name,
    resource,
    tags: tags ?? undefined,
    sampleRate: Math.min(Math.max(sampleRate, 0), 1),
    maxPerSecond: maxPerSecond ?? undefined,
  } as SamplingRule;
}

function rateFrom(env: Environment): number | undefined {
  const text = firstSet(env, RATE);
  const rate = text === undefined ? undefined : Number(text);
  if (rate === undefined || Number.isNaN(rate)) {
    if (rate !== undefined) warnOnce(`${RATE}=${text} is not a number from 0 to 1; it counts for nothing`);
    return rateOfOpenTelemetry(env);
  }
  const used = Math.min(Math.max(rate, 0), 1);
  if (used !== rate) warnOnce(`${RATE}=${text} is not a number from 0 to 1; ${used} is used instead`);
  return used;
}

/**
 * OpenTelemetry's samplers as dd-trace takes them: an inherited decision wins, also over those that are not based on the parent.
 * https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/config/index.js
 */
function rateOfOpenTelemetry(env: Environment): number | undefined {
  const sampler = firstSet(env, OTEL_SAMPLER)?.toLowerCase();
  switch (sampler) {
    case undefined:
      return undefined;
    case 'always_on':
    case 'parentbased_always_on':
      return 1;
    case 'always_off':
    case 'parentbased_always_off':
      return 0;
    case 'traceidratio':
    case 'parentbased_traceidratio':
      return ratioFrom(env);
    default:
      warnOnce(`${OTEL_SAMPLER}=${sampler} is not supported; all traces are kept`);
      return undefined;
  }
}

function ratioFrom(env: Environment): number {
  const text = firstSet(env, OTEL_SAMPLER_ARGUMENT);
  const ratio = Number(text ?? 1);
  if (isRate(ratio)) return ratio;
  warnOnce(`${OTEL_SAMPLER_ARGUMENT}=${text} is not a number from 0 to 1; 1 is used instead`);
  return 1;
}

function limitFrom(env: Environment): number {
  const text = firstSet(env, RATE_LIMIT);
  if (text === undefined) return DEFAULT_RATE_LIMIT;
  const limit = Number(text);
  if (Number.isFinite(limit)) return limit;
  warnOnce(`${RATE_LIMIT}=${text} is not a number; ${DEFAULT_RATE_LIMIT} is used instead`);
  return DEFAULT_RATE_LIMIT;
}

// Under the names of either convention; a span has none of these when it starts.
const KNOWN_AT_THE_END = /^(?:http\.(?:response\.)?status_code|error(?:\..*)?|otel\.status_code)$/;

/** One sentence for each rule that no span can match. */
function* neverMatching(rules: readonly SamplingRule[]): Iterable<string> {
  let all: SamplingRule | undefined;
  for (const rule of rules) {
    const said = `sampling rule ${JSON.stringify(rule)} can never match: `;
    const patterns = [...patternsOf(rule)];
    const empty = patterns.find(([, pattern]) => pattern === '');
    const late = Object.keys(rule.tags ?? {}).find((tag) => KNOWN_AT_THE_END.test(tag) && !isAny(rule.tags?.[tag]));
    if (all !== undefined) yield `${said}the one before it, ${JSON.stringify(all)}, matches everything`;
    else if (empty !== undefined) yield `${said}nothing has an empty ${empty[0]}`;
    else if (late !== undefined) yield `${said}the tag ${late} is not known yet when a trace starts`;
    if (patterns.every(([, pattern]) => isAny(pattern))) all ??= rule;
  }
}

function isAny(pattern: unknown): boolean {
  return typeof pattern === 'string' && /^\*+$/.test(pattern);
}
