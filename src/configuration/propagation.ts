import {
  DEFAULT_SETTINGS,
  EXTRACT_BEHAVIORS,
  type ExtractBehavior,
  type PropagationSettings,
} from '../propagation/propagation-settings';
import {
  DEFAULT_STYLES,
  PROPAGATION_STYLES,
  type PropagationStyle,
  propagationStyle,
} from '../propagation/propagation-style';
import { type DestinationOptions, type Destinations, destinationsFrom } from './destinations';
import { booleanFrom, type Environment, firstSet, listOf, wholeNumber } from './environment';
import { warnOnce } from './warning';

/** Decides by the carrier (the headers of a request, the attributes of a message) what its context is worth. */
export type JudgeCarrier = (carrier: unknown) => ExtractBehavior;

/** Options of `DatadogPropagator`. What is left out is taken from the environment, and from the defaults then. */
export interface DatadogPropagatorOptions extends DestinationOptions {
  /** Formats to write. `DD_TRACE_PROPAGATION_STYLE_INJECT`, `DD_TRACE_PROPAGATION_STYLE`; default `datadog`, `tracecontext`, `baggage`. */
  injectStyles?: readonly PropagationStyle[] | undefined;
  /** Formats to read, in this order. `DD_TRACE_PROPAGATION_STYLE_EXTRACT`, `DD_TRACE_PROPAGATION_STYLE`; default as above. */
  extractStyles?: readonly PropagationStyle[] | undefined;
  /** Read no further format once one has a context. `DD_TRACE_PROPAGATION_EXTRACT_FIRST`; default `false`. */
  extractFirst?: boolean | undefined;
  /**
   * `continue` the trace that comes in; `restart`, a new trace with a link to it, its baggage kept; `ignore` all of it; or a
   * function of the carrier that says which. `DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT`; default `continue`.
   */
  extractBehavior?: ExtractBehavior | JudgeCarrier | undefined;
  /** Characters of `x-datadog-tags`, read or written; longer ones are left out whole, 0 is none at all. `DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH`; default 512. */
  tagsMaxLength?: number | undefined;
  /** Items of `baggage`, read or written. `DD_TRACE_BAGGAGE_MAX_ITEMS`; default 64. */
  baggageMaxItems?: number | undefined;
  /** Bytes of `baggage`, read or written. `DD_TRACE_BAGGAGE_MAX_BYTES`; default 8192. */
  baggageMaxBytes?: number | undefined;
  /**
   * Keys of inbound baggage whose values become attributes (`baggage.<key>`) of the span that starts with the context; `*` is all.
   * `DD_TRACE_BAGGAGE_TAG_KEYS`; default `user.id`, `session.id`, `account.id`.
   */
  baggageTagKeys?: readonly string[] | undefined;
}

export interface PropagatorConfiguration {
  readonly settings: PropagationSettings;
  readonly extractBehavior: ExtractBehavior | JudgeCarrier;
  /** To whom context goes over HTTP; `undefined`: to everybody. */
  readonly destinations: Destinations | undefined;
}

const STYLE = 'DD_TRACE_PROPAGATION_STYLE';
const INJECT_STYLE = 'DD_TRACE_PROPAGATION_STYLE_INJECT';
const EXTRACT_STYLE = 'DD_TRACE_PROPAGATION_STYLE_EXTRACT';
const ADDED_BY_OPENTELEMETRY: readonly PropagationStyle[] = ['b3', 'b3multi'];

/**
 * What the options say, else the environment, else the default. A bad variable is one warning, and counts for nothing.
 * @throws TypeError for a bad option.
 * https://docs.datadoghq.com/tracing/trace_collection/trace_context_propagation/
 */
export function propagatorConfiguration(options: DatadogPropagatorOptions): PropagatorConfiguration {
  const { env = process.env, extractBehavior } = options;
  return {
    settings: {
      injectStyles: new Set(checkedStyles('injectStyles', options) ?? stylesFrom(env, INJECT_STYLE)),
      extractStyles: checkedStyles('extractStyles', options) ?? stylesFrom(env, EXTRACT_STYLE),
      extractFirst: options.extractFirst ?? booleanFrom(env, 'DD_TRACE_PROPAGATION_EXTRACT_FIRST', false),
      tagsMaxLength: checkedNumber('tagsMaxLength', options) ?? numberFrom(env, 'tagsMaxLength'),
      baggageMaxItems: checkedNumber('baggageMaxItems', options) ?? numberFrom(env, 'baggageMaxItems'),
      baggageMaxBytes: checkedNumber('baggageMaxBytes', options) ?? numberFrom(env, 'baggageMaxBytes'),
      baggageTagKeys: new Set(options.baggageTagKeys ?? tagKeysFrom(env)),
    },
    extractBehavior: extractBehavior === undefined ? behaviorFrom(env) : checkedBehavior(extractBehavior),
    destinations: destinationsFrom(options),
  };
}

type NumberSetting = 'tagsMaxLength' | 'baggageMaxItems' | 'baggageMaxBytes';

const NUMBER_VARIABLES: Readonly<Record<NumberSetting, string>> = {
  tagsMaxLength: 'DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH',
  baggageMaxItems: 'DD_TRACE_BAGGAGE_MAX_ITEMS',
  baggageMaxBytes: 'DD_TRACE_BAGGAGE_MAX_BYTES',
};

function numberFrom(env: Environment, setting: NumberSetting): number {
  return wholeNumber(env, NUMBER_VARIABLES[setting], DEFAULT_SETTINGS[setting]);
}

function checkedNumber(setting: NumberSetting, options: DatadogPropagatorOptions): number | undefined {
  const value = options[setting];
  if (value === undefined || (Number.isInteger(value) && value >= 0)) return value;
  throw new TypeError(`${setting}: ${value} is not a whole number`);
}

function checkedStyles(
  option: 'injectStyles' | 'extractStyles',
  options: DatadogPropagatorOptions,
): readonly PropagationStyle[] | undefined {
  return options[option]?.map((name) => {
    const style = propagationStyle(String(name));
    if (style === undefined) throw new TypeError(`${option}: ${name} is none of ${PROPAGATION_STYLES.join(', ')}`);
    return style;
  });
}

/** What the most particular `DD_*` names, else the default and those of ours that `OTEL_PROPAGATORS` adds to it. */
function stylesFrom(env: Environment, variable: string): readonly PropagationStyle[] {
  const named = namedStyles(env, variable) ?? namedStyles(env, STYLE);
  return named ?? [...DEFAULT_STYLES, ...stylesOfOpenTelemetry(env)];
}

function namedStyles(env: Environment, variable: string): readonly PropagationStyle[] | undefined {
  const styles: PropagationStyle[] = [];
  for (const name of listOf(firstSet(env, variable))) {
    const style = propagationStyle(name);
    if (style === undefined) {
      warnOnce(`${variable}: ${name} is not a propagation style; the known ones are ${PROPAGATION_STYLES.join(', ')}`);
    } else styles.push(style);
  }
  return styles.length > 0 ? styles : undefined;
}

/** Its other names are OpenTelemetry's business, and it never takes a style away: the Lambda layer and the operator always set it. */
function stylesOfOpenTelemetry(env: Environment): readonly PropagationStyle[] {
  const names = listOf(firstSet(env, 'OTEL_PROPAGATORS')?.toLowerCase());
  return ADDED_BY_OPENTELEMETRY.filter((style) => names.includes(style));
}

function tagKeysFrom(env: Environment): Iterable<string> {
  const keys = env.DD_TRACE_BAGGAGE_TAG_KEYS;
  return keys === undefined ? DEFAULT_SETTINGS.baggageTagKeys : listOf(keys);
}

function behaviorFrom(env: Environment): ExtractBehavior {
  const variable = 'DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT';
  const value = firstSet(env, variable)?.toLowerCase() ?? 'continue';
  if (isBehavior(value)) return value;
  warnOnce(`${variable}=${value} is none of ${EXTRACT_BEHAVIORS.join(', ')}; continue is used instead`);
  return 'continue';
}

function checkedBehavior(value: ExtractBehavior | JudgeCarrier): ExtractBehavior | JudgeCarrier {
  if (typeof value === 'function' || isBehavior(value)) return value;
  throw new TypeError(`extractBehavior: ${value} is none of ${EXTRACT_BEHAVIORS.join(', ')}, and no function`);
}

function isBehavior(value: unknown): value is ExtractBehavior {
  return EXTRACT_BEHAVIORS.includes(value as ExtractBehavior);
}
