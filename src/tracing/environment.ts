/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The first of the variables that is set and not empty. */
export function firstSet(env: Environment, ...names: string[]): string | undefined {
  return names.map((name) => env[name]?.trim()).find((value) => value);
}

export function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(?:true|1)$/i.test(value.trim());
}

export function isFalse(value: string | undefined): boolean {
  return value !== undefined && /^(?:false|0)$/i.test(value.trim());
}
