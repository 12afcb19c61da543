import { isObject } from './is-object';

const decoys = new WeakSet<object>();

/** Marks an object that is never sent, so that the propagator leaves it alone. */
export function markDecoy<T extends object>(object: T): T {
  decoys.add(object);
  return object;
}

export function isDecoy(carrier: unknown): boolean {
  return isObject(carrier) && decoys.has(carrier);
}
