/**
 * The `ot` member of `tracestate`: `rv:<randomness>;th:<threshold>`.
 * https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/
 */
const RANDOMNESS = /^[0-9a-f]{14}$/;
const THRESHOLD = /^[0-9a-f]{1,14}$/;

/** The member without the sub-keys that are malformed, each dropped alone; `''` if nothing is left. Unknown ones stay. */
export function otelSamplingMember(value: string): string {
  return value.split(';').filter(isWellFormed).join(';');
}

function isWellFormed(field: string): boolean {
  const colon = field.indexOf(':');
  if (colon <= 0) return false;
  const key = field.slice(0, colon);
  const value = field.slice(colon + 1);
  if (key === 'rv') return RANDOMNESS.test(value);
  if (key === 'th') return THRESHOLD.test(value);
  return true;
}
