/** A copy that the caller's object does not see changes of; what it inherits, a class's getters for example, stays. */
export function copyWith<T extends object>(object: T, changes: Partial<T> = {}): T {
  return Object.assign(Object.create(Object.getPrototypeOf(object)), object, changes);
}
