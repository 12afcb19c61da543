/** One line on stderr (`process.on('warning')` for those who want it elsewhere); never throws, never ends the process. */
export function warn(message: string): void {
  process.emitWarning(message, 'otel-datadog-bridge');
}

/** What a warning says of an error: its first line, since some go on for pages. */
export function firstLineOf(error: unknown): unknown {
  return error instanceof Error ? error.message.split('\n')[0] : error;
}

const MAX_REMEMBERED = 100;
const said = new Set<string>();

/** The same, once: several objects read the same environment. */
export function warnOnce(message: string): void {
  if (said.has(message) || said.size === MAX_REMEMBERED) return;
  said.add(message);
  warn(message);
}
