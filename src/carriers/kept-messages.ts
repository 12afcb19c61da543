// Not a variable of this module: the preload's bundle, which takes the context off, and the application's import, which looks for it,
// are two copies. The number changes with what one copy finds of the other's.
const KEY = Symbol.for('otel-datadog-bridge.kept-messages.1');

/** Keeps a message as it was received, for as long as what the application was given instead lives. */
export function keepMessage(given: object, received: object): void {
  keptMessages().set(given, received);
}

/** The message as it was received, if what the application was given has no context any more. */
export function keptMessage(given: object): object | undefined {
  return keptMessages().get(given);
}

function keptMessages(): WeakMap<object, object> {
  const shared = globalThis as { [KEY]?: WeakMap<object, object> };
  if (shared[KEY] === undefined) Object.defineProperty(shared, KEY, { value: new WeakMap() });
  return shared[KEY] as WeakMap<object, object>;
}
