// Not a variable of this module: the preload's bundle and the application's import are two copies, and the plugin of one may take the
// place of the other's. The number changes with what one copy finds of the other's.
const KEY = Symbol.for('otel-datadog-bridge.seen-sends.1');

/** The spans and inputs of the sends that went through an `awsSdkPlugin()`; `undefined` as long as nobody asks for them. */
function seenSends(): WeakSet<object> | undefined {
  return (globalThis as { [KEY]?: WeakSet<object> })[KEY];
}

/** From now on sends are kept in mind, for `wasSeen`. */
export function watchSends(): void {
  if (seenSends() === undefined) Object.defineProperty(globalThis, KEY, { value: new WeakSet() });
}

/** Where no context manager is registered, the span of a send is not known; where another middleware changes the input, that is another. */
export function markSeen(span: object | undefined, input: object): void {
  const seen = seenSends();
  if (seen === undefined) return;
  if (span !== undefined) seen.add(span);
  seen.add(input);
}

export function wasSeen(span: object, input: object): boolean {
  const seen = seenSends();
  return seen?.has(span) === true || seen?.has(input) === true;
}
