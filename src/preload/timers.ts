/**
 * Stands in for the global `setTimeout` in the preload's bundle: a timer of the exporter's, which retries for ten seconds
 * where there is no Agent, must not keep alive a process that is done.
 */
function unreferenced(callback: (...args: unknown[]) => void, delay?: number, ...args: unknown[]): NodeJS.Timeout {
  return globalThis.setTimeout(callback, delay, ...args).unref();
}

export { unreferenced as setTimeout };
