/** One line on stderr (`process.on('warning')` for those who want it elsewhere); never throws, never ends the process. */
export function warn(message: string): void {
  process.emitWarning(message, 'otel-datadog-bridge');
}
