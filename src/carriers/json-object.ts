import { isObject } from './is-object';

/** What `JSON.parse` makes of an object's JSON; `undefined` for the JSON of anything else, and for what is none. */
export function parseJsonObject(json: string): object | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
