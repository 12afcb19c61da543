import { DiagConsoleLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { type Environment, firstGood } from '../configuration/environment';

const LEVELS = new Map(Object.entries({ ...DiagLogLevel }).filter(([, level]) => typeof level === 'number'));

/** `OTEL_LOG_LEVEL`: what OpenTelemetry has to say of itself goes to the console, as `NodeSDK` has it; without the variable nothing does. */
export function logDiagnostics(env: Environment): void {
  const read = (text: string) => (LEVELS.has(text.toUpperCase()) ? text : undefined);
  const level = firstGood(
    env,
    ['OTEL_LOG_LEVEL'],
    read,
    `one of ${[...LEVELS.keys()].join(', ')}`,
    'NONE',
  ).toUpperCase();
  if (level !== 'NONE') diag.setLogger(new DiagConsoleLogger(), { logLevel: LEVELS.get(level) as DiagLogLevel });
}
