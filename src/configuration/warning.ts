/** One line on stderr (`process.on('warning')` for those who want it elsewhere); never throws, never ends the process. */
export function warn(message: string): void {
  process.emitWarning(message, 'otel-datadog-bridge');
}

const MAX_REMEMBERED = 100;
const said = new Set<string>();

/** The same, once: several objects read the same environment. */
export function warnOnce(message: string): void {
  if (said.has(message) || said.size === MAX_REMEMBERED) return;
  said.add(message);
  warn(message);
}
