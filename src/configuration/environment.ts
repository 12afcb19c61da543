import { warnOnce } from './warning';

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The first of the variables that is set and not empty. */
export function firstSet(env: Environment, ...names: string[]): string | undefined {
  return names.map((name) => env[name]?.trim()).find((value) => value);
}

/** The variable as a whole number above zero; anything else is one warning, and `fallback`. */
export function positiveInteger(env: Environment, name: string, fallback: number): number {
  return checkedNumber(env, name, fallback, /^[1-9]\d{0,8}$/, 'a whole number above zero');
}

/** The variable as a whole number, zero included; anything else is one warning, and `fallback`. */
export function wholeNumber(env: Environment, name: string, fallback: number): number {
  return checkedNumber(env, name, fallback, /^\d{1,9}$/, 'a whole number');
}

function checkedNumber(env: Environment, name: string, fallback: number, format: RegExp, what: string): number {
  const text = firstSet(env, name);
  if (text === undefined) return fallback;
  if (format.test(text)) return Number(text);
  warnOnce(`${name}=${text} is not ${what}; ${fallback} is used instead`);
  return fallback;
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

/** What stands between commas, without the spaces around it. */
export function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((part) => part.trim() || []);
}
