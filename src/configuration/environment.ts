import { warnOnce } from './warning';

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The first of the variables that is set and not empty. */
export function firstSet(env: Environment, ...names: string[]): string | undefined {
  return names.map((name) => env[name]?.trim()).find((value) => value);
}

/**
 * What `read` makes of the first of the variables that is good, else `fallback`; `read` gives `undefined` for what is not `what`. Each bad one before it is one
 * warning, which names what is used instead.
 */
export function firstGood<T>(
  env: Environment,
  names: readonly string[],
  read: (text: string) => T | undefined,
  what: string,
  fallback: T,
): T {
  const bad: string[] = [];
  let good: T | undefined;
  for (const name of names) {
    const text = firstSet(env, name);
    if (text === undefined) continue;
    good = read(text);
    if (good !== undefined) break;
    bad.push(`${name}=${text}`);
  }
  const used = good ?? fallback;
  for (const each of bad) warnOnce(`${each} is not ${what}; ${used} is used instead`);
  return used;
}

type Names = string | readonly string[];

/** The first of the variables that is a whole number above zero; anything else is one warning, and `fallback`. */
export function positiveInteger(env: Environment, names: Names, fallback: number): number {
  const read = (text: string) => numberLike(/^[1-9]\d{0,8}$/, text);
  return firstGood(env, [names].flat(), read, 'a whole number above zero', fallback);
}

/** The same, zero included. */
export function wholeNumber(env: Environment, names: Names, fallback: number): number {
  const read = (text: string) => numberLike(/^\d{1,9}$/, text);
  return firstGood(env, [names].flat(), read, 'a whole number', fallback);
}

function numberLike(format: RegExp, text: string): number | undefined {
  return format.test(text) ? Number(text) : undefined;
}

export function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(?:true|1)$/i.test(value.trim());
}

export function isFalse(value: string | undefined): boolean {
  return value !== undefined && /^(?:false|0)$/i.test(value.trim());
}

/** The variable as true or false; anything else is one warning, and `fallback`. */
export function booleanFrom(env: Environment, name: string, fallback: boolean): boolean {
  const value = firstSet(env, name);
  if (value === undefined) return fallback;
  if (isTrue(value) || isFalse(value)) return isTrue(value);
  warnOnce(`${name}=${value} is neither true nor false; ${fallback} is used instead`);
  return fallback;
}

/** Each of the two variables switches everything off. */
export function isTracingOn(env: Environment): boolean {
  return !booleanFrom(env, 'OTEL_SDK_DISABLED', false) && booleanFrom(env, 'DD_TRACE_ENABLED', true);
}

/** What stands between commas, without the spaces around it. */
export function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((part) => part.trim() || []);
}
