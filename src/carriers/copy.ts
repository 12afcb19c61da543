/** A copy that the caller's object does not see changes of; what it inherits, a class's getters for example, stays. */
export function copyWith<T extends object>(object: T, changes: Partial<T> = {}): T {
  // Assigning would lose an own property `__proto__`, which is a good name of an attribute.
  const copy = { ...object, ...changes };
  const prototype = Object.getPrototypeOf(object);
  return prototype === Object.prototype ? copy : Object.setPrototypeOf(copy, prototype);
}
