import type { SpanContext } from '@opentelemetry/api';
import { type DatadogState, NO_STATE } from './datadog-state';
import type { DatadogTraceState } from './datadog-trace-state';
import { type Fields, filledIn, firstFound, isPrintable, type ReadField } from './fields';
import { hexToId, idToHex, parseUpperHalf, ZERO_ID } from './ids';
import { parseOrigin } from './origin';
import type { InjectSettings } from './propagation-settings';
import { parseTags, UPPER_HALF } from './propagation-tags';
import { parseSamplingPriority } from './sampling-priority';

const TRACE_ID = 'x-datadog-trace-id';
const PARENT_ID = 'x-datadog-parent-id';
const SAMPLING_PRIORITY = 'x-datadog-sampling-priority';
const ORIGIN = 'x-datadog-origin';
export const TAGS = 'x-datadog-tags';

export const DATADOG_HEADERS: readonly string[] = [TRACE_ID, PARENT_ID, SAMPLING_PRIORITY, ORIGIN, TAGS];

const MAX_ID_LENGTH = 64;

/** What `x-datadog-*` say. `spanId` is absent where a tracer sent none, or 0: a trace without a parent. */
export interface DatadogHeaders {
  readonly traceId: string;
  readonly spanId: string | undefined;
  readonly state: DatadogState;
  /** An upper half of the trace id that is none. */
  readonly malformedUpperHalf: string | undefined;
}

/** Reads `x-datadog-*` from the first source that has a valid trace id. */
export function extractDatadogHeaders(
  sources: readonly ReadField[],
  tagsMaxLength: number,
): DatadogHeaders | undefined {
  return firstFound(sources, (source) => {
    const lowerHalf = parseId(source(TRACE_ID));
    if (lowerHalf === undefined) return undefined;
    return readDatadogHeaders(lowerHalf, filledIn(source, sources, TRACE_ID), tagsMaxLength);
  });
}

function readDatadogHeaders(lowerHalf: string, read: ReadField, tagsMaxLength: number): DatadogHeaders {
  const tags = parseTags(read(TAGS), tagsMaxLength);
  const tid = tags.get(UPPER_HALF);
  const upperHalf = tid === undefined ? undefined : parseUpperHalf(tid);
  if (upperHalf === undefined) tags.delete(UPPER_HALF);
  return {
    traceId: (upperHalf ?? ZERO_ID) + lowerHalf,
    spanId: parseId(read(PARENT_ID)),
    state: {
      ...NO_STATE,
      samplingPriority: parseSamplingPriority(read(SAMPLING_PRIORITY)),
      origin: parseOrigin(read(ORIGIN)),
      tags,
    },
    malformedUpperHalf: upperHalf === undefined ? tid : undefined,
  };
}

function parseId(text: string | undefined): string | undefined {
  return text === undefined || text.length > MAX_ID_LENGTH ? undefined : idToHex(text.trim());
}

/** Writes `x-datadog-*`, always with a priority: datadog-lambda-python drops a context that has none. */
export function injectDatadogHeaders(
  spanContext: SpanContext,
  traceState: DatadogTraceState,
  { tagsMaxLength }: InjectSettings,
  fields: Fields,
): void {
  const { traceId, spanId } = spanContext;
  // A trace id whose lower half is zero is one that Datadog's headers cannot say.
  if (traceId.endsWith(ZERO_ID)) return;
  const { datadogTraceId, tags } = traceState.formattedFor(traceId);
  const { samplingPriority, origin } = traceState.datadog;
  fields[TRACE_ID] = datadogTraceId;
  fields[PARENT_ID] = hexToId(spanId);
  fields[SAMPLING_PRIORITY] = String(samplingPriority);
  if (origin !== undefined && isPrintable(origin)) fields[ORIGIN] = origin;
  if (tags !== '' && tags.length <= tagsMaxLength) fields[TAGS] = tags;
}
