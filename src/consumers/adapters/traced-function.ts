/** Runs a call, given the arguments that it was made with, and returns what it returns. */
type Run = (call: () => unknown, args: readonly unknown[]) => unknown;

const traced = new WeakSet<object>();

/**
 * The function, with each call of it run by `run`; `this`, name, length and properties are its own. What is no function is returned as it
 * is, and so is what was made here, or a message would get two spans.
 */
export function tracedFunction<T>(handler: T, run: Run): T {
  if (typeof handler !== 'function' || traced.has(handler)) return handler;
  const proxy = new Proxy(handler, {
    apply: (target, self, args) => run(() => Reflect.apply(target, self, args), args),
  });
  traced.add(proxy);
  return proxy;
}
