import { type Environment, firstSet } from './environment';
import { warnOnce } from './warning';

/** The namings that Datadog's tracers have. https://github.com/DataDog/dd-trace-js/tree/master/packages/dd-trace/src/service-naming/schemas */
export type OperationNames = 'v0' | 'v1';

export interface OperationNamesOptions {
  /**
   * Name spans as Datadog's tracers name theirs (`operation.name`, `resource.name`, `span.type`): `v0` is their default, `v1` their newer naming. What a
   * span has of the three it keeps. `OTEL_DATADOG_OPERATION_NAMES`; default: `false`, since monitors stand on these names.
   */
  operationNames?: OperationNames | false | undefined;
  /** Default: `process.env`. */
  env?: Environment | undefined;
}

const VARIABLE = 'OTEL_DATADOG_OPERATION_NAMES';
const SCHEMA = 'DD_TRACE_SPAN_ATTRIBUTE_SCHEMA';
const CHOICES: readonly (OperationNames | false)[] = ['v0', 'v1', false];

/**
 * What the option says, else the environment, else `fallback`. A bad variable is one warning, and counts for nothing.
 * @throws TypeError for a bad option.
 */
export function operationNamesFrom(
  { operationNames, env = process.env }: OperationNamesOptions,
  fallback: OperationNames | false = false,
): OperationNames | false {
  if (operationNames === undefined) return named(env, VARIABLE, CHOICES, fallback);
  if (!CHOICES.includes(operationNames))
    throw new TypeError(`operationNames: ${operationNames} is none of ${CHOICES.join(', ')}`);
  return operationNames;
}

/** The naming that dd-trace would have, which is for where spans are named anyway: it turns no naming on. */
export function datadogNaming(env: Environment): OperationNames {
  return named(env, SCHEMA, ['v0', 'v1'], 'v0');
}

function named<Choice extends OperationNames | false>(
  env: Environment,
  variable: string,
  choices: readonly Choice[],
  fallback: Choice,
): Choice {
  const text = firstSet(env, variable);
  if (text === undefined) return fallback;
  const choice = choices.find((name) => String(name) === text.toLowerCase());
  if (choice !== undefined) return choice;
  warnOnce(`${variable}=${text} is none of ${choices.join(', ')}; ${fallback} is used instead`);
  return fallback;
}
