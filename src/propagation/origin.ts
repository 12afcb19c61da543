/** No origin that a Datadog tracer gives has more than 20 characters; longer text than this is none. */
const MAX_LENGTH = 512;

/**
 * Where a trace began, as a carrier says it; `undefined` for nothing and for text that is too long. It stays raw, even where only
 * some carriers can hold it: `tracestate` has its own way to write it.
 */
export function parseOrigin(value: string | undefined): string | undefined {
  return value === undefined || value === '' || value.length > MAX_LENGTH ? undefined : value;
}
