/**
 * Adds a property that is there for whoever asks for it by name alone: no `Object.keys`, copy or JSON of the object has it. Whoever sets it
 * makes it one like any other, so that what a tracer writes on a message that is sent on is sent.
 */
export function addUnseen(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, {
    configurable: true,
    enumerable: false,
    get: () => value,
    set(this: object, own: unknown) {
      Object.defineProperty(this, name, { configurable: true, enumerable: true, writable: true, value: own });
    },
  });
}
