import { isObject } from './is-object';

/** The properties of a value that came from outside, whatever it is. */
export function propertiesOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? (value as Record<string, unknown>) : {};
}
