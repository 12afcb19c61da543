import { booleanFrom, type Environment, firstSet, listOf } from './environment';
import { matchesGlob } from './glob';
import { warnOnce } from './warning';

/** Services whose carrier is the application's own JSON body. */
export type BodyCarrier = 'kinesis' | 'eventbridge' | 'stepfunctions';
export type SnsDataType = 'Binary' | 'String';
/** Services that carry a context. */
export type AwsService = 'sqs' | 'sns' | 'lambda' | BodyCarrier;

/** Options of `awsSdkPlugin`. What is left out is taken from the environment, and from the defaults then. */
export interface AwsSdkPluginOptions {
  /**
   * Services whose JSON bodies get a member `_datadog`, which their consumers see. `OTEL_DATADOG_BODY_CARRIERS`, where `none` is none;
   * default none, and all three under `/register`.
   */
  bodyCarriers?: readonly BodyCarrier[] | undefined;
  /** The type of SNS's `_datadog`: filter policies break on a `String` of JSON, JMS consumers on `Binary`. `OTEL_DATADOG_SNS_DATA_TYPE`; default `Binary`. */
  snsDataType?: SnsDataType | undefined;
  /**
   * Write the system attribute `AWSTraceHeader` where an SQS message has ten attributes of its own; never inside Lambda.
   * `OTEL_DATADOG_AWS_TRACE_HEADER`; default `false`.
   */
  awsTraceHeader?: boolean | undefined;
  /**
   * Write on every entry of a batch, or on the first alone. `DD_TRACE_AWS_SDK_BATCH_PROPAGATION_ENABLED`, and
   * `DD_TRACE_AWS_SDK_<SERVICE>_BATCH_PROPAGATION_ENABLED` for one service; default `true`.
   */
  batchPropagation?: boolean | undefined;
  /** Services that are left alone, `{ sqs: false }`. `DD_TRACE_AWS_SDK_ENABLED` for all, `DD_TRACE_AWS_SDK_<SERVICE>_ENABLED` for one; default: none. */
  services?: Partial<Record<AwsService, boolean>> | undefined;
  /**
   * Globs (`*`, `?`) of the queues, topics, streams, buses, functions and state machines that are written to and received from, by name,
   * without the rest of a URL or ARN. `OTEL_DATADOG_ENABLED_FOR`; default all.
   */
  enabledFor?: readonly string[] | undefined;
  /** Write the object `custom._datadog` into Lambda's client context too, which typed runtimes may refuse. `OTEL_DATADOG_CLIENT_CONTEXT_DATADOG`; default `false`. */
  clientContextDatadog?: boolean | undefined;
  /** Write into the input of a Step Functions execution that has a `name`, whose start is then no longer idempotent. `OTEL_DATADOG_NAMED_EXECUTIONS`; default `false`. */
  namedExecutions?: boolean | undefined;
  /** Take our attributes off received messages; `extractMessageContext` finds the context all the same. `OTEL_DATADOG_HIDE_ATTRIBUTES`; default `false`. */
  hideAttributes?: boolean | undefined;
  /** Take `_datadog` out of received JSON bodies; `extractMessageContext` finds the context all the same. `OTEL_DATADOG_STRIP_INJECTED_CONTEXT`; default `false`. */
  stripInjectedContext?: boolean | undefined;
  /** Default: `process.env`. */
  env?: Environment | undefined;
}

export interface AwsSettings {
  readonly bodyCarriers: ReadonlySet<BodyCarrier>;
  readonly snsDataType: SnsDataType;
  readonly awsTraceHeader: boolean;
  /** The services of which every entry of a batch is written on. */
  readonly batchPropagation: ReadonlySet<AwsService>;
  /** The services that are not switched off. */
  readonly services: ReadonlySet<AwsService>;
  /** Whether a queue, topic, stream, bus, function or state machine of this name is written to; `undefined` where all are. */
  readonly enabledFor: ((name: string) => boolean) | undefined;
  readonly clientContextDatadog: boolean;
  readonly namedExecutions: boolean;
  readonly hideAttributes: boolean;
  readonly stripInjectedContext: boolean;
}

export const BODY_CARRIERS: readonly BodyCarrier[] = ['kinesis', 'eventbridge', 'stepfunctions'];
const SNS_DATA_TYPES: readonly SnsDataType[] = ['Binary', 'String'];

/** By what names dd-trace knows each service in its variables. It has three for Step Functions: two clients' and one of its own. */
const VARIABLES: Readonly<Record<AwsService, readonly string[]>> = {
  sqs: ['SQS'],
  sns: ['SNS'],
  lambda: ['LAMBDA'],
  kinesis: ['KINESIS'],
  eventbridge: ['EVENTBRIDGE'],
  stepfunctions: ['STEPFUNCTIONS', 'SFN', 'STATES'],
};
const SERVICES = Object.keys(VARIABLES) as AwsService[];

/** What is set where neither an option nor a variable says anything. */
export interface AwsDefaults {
  readonly bodyCarriers: readonly BodyCarrier[];
}

/**
 * What the options say, else the environment, else the default. A bad variable is one warning, and counts for nothing.
 * @throws TypeError for a bad option.
 * https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/config/supported-configurations.json
 */
export function awsConfiguration(
  options: AwsSdkPluginOptions,
  defaults: AwsDefaults = { bodyCarriers: [] },
): AwsSettings {
  const { env = process.env } = options;
  return Object.freeze({
    bodyCarriers: new Set(checkedCarriers(options.bodyCarriers) ?? carriersFrom(env) ?? defaults.bodyCarriers),
    snsDataType: snsDataType(options),
    // Inside Lambda it carries AWS's protection against endless loops.
    awsTraceHeader: firstSet(env, 'AWS_LAMBDA_FUNCTION_NAME') === undefined && flag('awsTraceHeader', options, env),
    batchPropagation: batchPropagation(checkedFlag('batchPropagation', options.batchPropagation), env),
    services: services(options.services, env),
    enabledFor: nameFilter(checkedGlobs(options.enabledFor) ?? globsFrom(env)),
    clientContextDatadog: flag('clientContextDatadog', options, env),
    namedExecutions: flag('namedExecutions', options, env),
    hideAttributes: flag('hideAttributes', options, env),
    stripInjectedContext: flag('stripInjectedContext', options, env),
  });
}

const FLAG_VARIABLES = {
  awsTraceHeader: 'OTEL_DATADOG_AWS_TRACE_HEADER',
  clientContextDatadog: 'OTEL_DATADOG_CLIENT_CONTEXT_DATADOG',
  namedExecutions: 'OTEL_DATADOG_NAMED_EXECUTIONS',
  hideAttributes: 'OTEL_DATADOG_HIDE_ATTRIBUTES',
  stripInjectedContext: 'OTEL_DATADOG_STRIP_INJECTED_CONTEXT',
} as const;

function flag(option: keyof typeof FLAG_VARIABLES, options: AwsSdkPluginOptions, env: Environment): boolean {
  return checkedFlag(option, options[option]) ?? booleanFrom(env, FLAG_VARIABLES[option], false);
}

function checkedFlag(option: string, value: boolean | undefined): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw new TypeError(`${option}: ${value} is neither true nor false`);
}

function checkedCarriers(names: readonly BodyCarrier[] | undefined): readonly BodyCarrier[] | undefined {
  for (const name of names ?? []) {
    if (!BODY_CARRIERS.includes(name)) {
      throw new TypeError(`bodyCarriers: ${name} is none of ${BODY_CARRIERS.join(', ')}`);
    }
  }
  return names;
}

function carriersFrom(env: Environment): readonly BodyCarrier[] | undefined {
  const variable = 'OTEL_DATADOG_BODY_CARRIERS';
  const names = listOf(firstSet(env, variable)?.toLowerCase());
  if (names.length === 0) return undefined;
  const known = BODY_CARRIERS.filter((name) => names.includes(name));
  const unknown = names.filter((name) => name !== 'none' && !BODY_CARRIERS.includes(name as BodyCarrier));
  for (const name of unknown) warnOnce(`${variable}: ${name} is none of ${BODY_CARRIERS.join(', ')}`);
  return known.length > 0 || names.includes('none') ? known : undefined;
}

/**
 * The same of this option alone.
 * @throws TypeError for a bad option.
 */
export function snsDataType({
  snsDataType: option,
  env = process.env,
}: Pick<AwsSdkPluginOptions, 'snsDataType' | 'env'>): SnsDataType {
  const known = SNS_DATA_TYPES.join(', ');
  if (option !== undefined) {
    if (SNS_DATA_TYPES.includes(option)) return option;
    throw new TypeError(`snsDataType: ${option} is none of ${known}`);
  }
  const variable = 'OTEL_DATADOG_SNS_DATA_TYPE';
  const value = firstSet(env, variable);
  if (value === undefined) return 'Binary';
  const found = SNS_DATA_TYPES.find((name) => name.toLowerCase() === value.toLowerCase());
  if (found === undefined) warnOnce(`${variable}=${value} is none of ${known}; Binary is used instead`);
  return found ?? 'Binary';
}

function batchPropagation(option: boolean | undefined, env: Environment): ReadonlySet<AwsService> {
  const all = option ?? booleanFrom(env, 'DD_TRACE_AWS_SDK_BATCH_PROPAGATION_ENABLED', true);
  return new Set(SERVICES.filter((service) => option ?? serviceFlag(env, service, '_BATCH_PROPAGATION_ENABLED', all)));
}

function services(option: AwsSdkPluginOptions['services'], env: Environment): ReadonlySet<AwsService> {
  for (const service of Object.keys(option ?? {})) {
    if (!SERVICES.includes(service as AwsService)) {
      throw new TypeError(`services: ${service} is none of ${SERVICES.join(', ')}`);
    }
  }
  const all = booleanFrom(env, 'DD_TRACE_AWS_SDK_ENABLED', true);
  return new Set(
    SERVICES.filter(
      (service) =>
        checkedFlag(`services.${service}`, option?.[service]) ?? (all && serviceFlag(env, service, '_ENABLED', true)),
    ),
  );
}

function serviceFlag(env: Environment, service: AwsService, ending: string, fallback: boolean): boolean {
  const variables = VARIABLES[service].map((name) => `DD_TRACE_AWS_SDK_${name}${ending}`);
  const set = variables.find((variable) => firstSet(env, variable) !== undefined);
  return set === undefined ? fallback : booleanFrom(env, set, fallback);
}

function checkedGlobs(globs: readonly string[] | undefined): readonly string[] | undefined {
  for (const glob of globs ?? []) {
    if (typeof glob !== 'string') throw new TypeError(`enabledFor: ${glob} is no glob`);
  }
  return globs;
}

function globsFrom(env: Environment): readonly string[] | undefined {
  const globs = listOf(firstSet(env, 'OTEL_DATADOG_ENABLED_FOR'));
  return globs.length === 0 ? undefined : globs;
}

function nameFilter(globs: readonly string[] | undefined): AwsSettings['enabledFor'] {
  return globs && ((name) => globs.some((glob) => matchesGlob(glob, name)));
}
