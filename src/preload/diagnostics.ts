import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { type Environment, firstGood } from '../configuration/environment';

const LEVELS = new Map(Object.entries({ ...DiagLogLevel }).filter(([, level]) => typeof level === 'number'));

/**
 * `OTEL_LOG_LEVEL`: what OpenTelemetry has to say of itself; without the variable, nothing. Unlike `NodeSDK` on stderr alone: the preload is in tools too whose
 * output others read.
 */
export function logDiagnostics(env: Environment): void {
  const read = (text: string) => (LEVELS.has(text.toUpperCase()) ? text.toUpperCase() : undefined);
  const level = firstGood(env, ['OTEL_LOG_LEVEL'], read, `one of ${[...LEVELS.keys()].join(', ')}`, 'NONE');
  if (level === 'NONE') return;
  const log = (...message: unknown[]) => console.error(...message);
  const logger: DiagLogger = { error: log, warn: log, info: log, debug: log, verbose: log };
  diag.setLogger(logger, { logLevel: LEVELS.get(level) as DiagLogLevel });
}
