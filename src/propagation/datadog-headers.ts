import type { SpanContext } from '@opentelemetry/api';
import type { DatadogState } from './datadog-state';
import { type Fields, filledIn, firstFound, isPrintable, type ReadField } from './fields';
import { hexToId, idToHex, parseUpperHalf, ZERO_UPPER_HALF } from './ids';
import { DEFAULT_TAGS_MAX_LENGTH, formatTags, parseTags, UPPER_HALF } from './propagation-tags';
import { parseSamplingPriority } from './sampling-priority';

const TRACE_ID = 'x-datadog-trace-id';
const PARENT_ID = 'x-datadog-parent-id';
const SAMPLING_PRIORITY = 'x-datadog-sampling-priority';
export const ORIGIN = 'x-datadog-origin';
const TAGS = 'x-datadog-tags';

export const DATADOG_HEADERS: readonly string[] = [TRACE_ID, PARENT_ID, SAMPLING_PRIORITY, ORIGIN, TAGS];

/** What `x-datadog-*` say. `spanId` is absent where a tracer sent none, or 0: a trace without a parent. */
export interface DatadogHeaders {
  readonly traceId: string;
  readonly spanId: string | undefined;
  readonly state: DatadogState;
}

/** Reads `x-datadog-*` from the first source that has a valid trace id. */
export function extractDatadogHeaders(sources: readonly ReadField[]): DatadogHeaders | undefined {
  return firstFound(sources, (read) => readDatadogHeaders(filledIn(read, sources, TRACE_ID)));
}

function readDatadogHeaders(read: ReadField): DatadogHeaders | undefined {
  const lowerHalf = idToHex(read(TRACE_ID)?.trim() ?? '');
  if (lowerHalf === undefined) return undefined;
  const tags = parseTags(read(TAGS), DEFAULT_TAGS_MAX_LENGTH);
  const upperHalf = parseUpperHalf(tags.get(UPPER_HALF) ?? '');
  if (upperHalf === undefined) tags.delete(UPPER_HALF);
  return {
    traceId: (upperHalf ?? ZERO_UPPER_HALF) + lowerHalf,
    spanId: idToHex(read(PARENT_ID)?.trim() ?? ''),
    state: {
      samplingPriority: parseSamplingPriority(read(SAMPLING_PRIORITY)),
      origin: read(ORIGIN) || undefined,
      parentId: undefined,
      tags,
      unknown: [],
    },
  };
}

/** Writes `x-datadog-*`, always with a priority: datadog-lambda-python drops a context that has none. */
export function injectDatadogHeaders(spanContext: SpanContext, datadog: DatadogState, fields: Fields): void {
  const upperHalf = spanContext.traceId.slice(0, 16);
  const lowerHalf = spanContext.traceId.slice(16);
  // A trace id whose lower half is zero is one that Datadog's headers cannot say.
  if (lowerHalf === ZERO_UPPER_HALF) return;
  fields[TRACE_ID] = hexToId(lowerHalf);
  fields[PARENT_ID] = hexToId(spanContext.spanId);
  fields[SAMPLING_PRIORITY] = String(datadog.samplingPriority);
  if (datadog.origin !== undefined && isPrintable(datadog.origin)) fields[ORIGIN] = datadog.origin;
  const tags = formatTags(datadog.tags, upperHalf, DEFAULT_TAGS_MAX_LENGTH);
  if (tags !== undefined) fields[TAGS] = tags;
}
