import type { DatadogState } from './datadog-state';
import { type Fields, isPrintable, type ReadField, readFilledIn } from './fields';
import { type Id, idToHex, isSameId, parseId, parseUpperHalf, ZERO_ID } from './ids';
import { parseOrigin } from './origin';
import type { OutgoingState } from './outgoing-fields';
import { PATHWAY } from './pathway';
import type { InjectSettings } from './propagation-settings';
import { formatTags, parseTags, UPPER_HALF, upperHalfIn } from './propagation-tags';
import { parseSamplingPriority, type SamplingPriority } from './sampling-priority';
import { OPEN } from './template';
import type { TraceContextHeaders } from './traceparent';

export const TRACE_ID = 'x-datadog-trace-id';
export const PARENT_ID = 'x-datadog-parent-id';
export const SAMPLING_PRIORITY = 'x-datadog-sampling-priority';
export const ORIGIN = 'x-datadog-origin';
export const TAGS = 'x-datadog-tags';

export const DATADOG_HEADERS: readonly string[] = [TRACE_ID, PARENT_ID, SAMPLING_PRIORITY, ORIGIN, TAGS];

const MAX_ID_LENGTH = 64;
/** The digits. */
const ZERO = 48;
const NINE = 57;
const LEADING_ZEROS = /^0+(?=\d)/;

/** What `x-datadog-*` say, parsed as far as it bears on the parent. */
export interface DatadogHeaders {
  readonly traceId: string;
  /** `x-datadog-trace-id` where it is as we write it, without zeros or spaces. */
  readonly datadogTraceId: string | undefined;
  /** `x-datadog-parent-id`, which a tracer may not send, or send as 0: a trace without a parent. */
  readonly parentId: string | undefined;
  readonly samplingPriority: SamplingPriority | undefined;
  /** An upper half of the trace id that is none. */
  readonly malformedUpperHalf: string | undefined;
  readonly origin: string | undefined;
  readonly tags: string;
}

/** Reads `x-datadog-*` from the first source that has a valid trace id. `likely` is the trace that W3C's headers have beside them. */
export function extractDatadogHeaders(
  sources: readonly ReadField[],
  tagsMaxLength: number,
  likely?: Pick<TraceContextHeaders, 'traceId' | 'lowerHalf'>,
): DatadogHeaders | undefined {
  for (const source of sources) {
    const text = source(TRACE_ID);
    const lowerHalf = readId(text);
    if (lowerHalf === undefined) continue;
    const header = readFilledIn(source, sources, TRACE_ID, TAGS);
    const tags = header === undefined || header.length > tagsMaxLength ? '' : header;
    const tid = upperHalfIn(tags);
    const isLikely =
      likely !== undefined &&
      isSameId(lowerHalf, likely.lowerHalf) &&
      likely.traceId.slice(0, ZERO_ID.length) === (tid ?? ZERO_ID);
    // What stands in a valid `traceparent` too need not be validated again.
    const upperHalf = isLikely || tid === undefined ? tid : parseUpperHalf(tid);
    return {
      traceId: isLikely ? likely.traceId : (upperHalf ?? ZERO_ID) + idToHex(lowerHalf),
      datadogTraceId: text !== undefined && isPlain(text) ? text : undefined,
      parentId: readFilledIn(source, sources, TRACE_ID, PARENT_ID),
      samplingPriority: parseSamplingPriority(readFilledIn(source, sources, TRACE_ID, SAMPLING_PRIORITY)),
      malformedUpperHalf: upperHalf === undefined ? tid : undefined,
      origin: readFilledIn(source, sources, TRACE_ID, ORIGIN),
      tags,
    };
  }
  return undefined;
}

/** The span that the headers name, if any. */
export function spanIdIn({ parentId }: DatadogHeaders): string | undefined {
  const id = readId(parentId);
  return id && idToHex(id);
}

export function datadogState({
  samplingPriority,
  origin,
  tags: header,
  malformedUpperHalf,
}: DatadogHeaders): DatadogState {
  const tags = parseTags(header);
  if (malformedUpperHalf !== undefined) tags.delete(UPPER_HALF);
  return { samplingPriority, origin: parseOrigin(origin), parentId: undefined, tags, unknown: [], pathway: undefined };
}

export function namesSpan({ parentId }: DatadogHeaders): boolean {
  return readId(parentId) !== undefined;
}

/** Whether an id that was read has nothing around its digits. */
function isPlain(id: string): boolean {
  const first = id.charCodeAt(0);
  const last = id.charCodeAt(id.length - 1);
  return first > ZERO && first <= NINE && last >= ZERO && last <= NINE;
}

function readId(text: string | undefined): Id | undefined {
  if (text === undefined || text.length > MAX_ID_LENGTH) return undefined;
  return parseId(text) ?? parseId(text.trim().replace(LEADING_ZEROS, ''));
}

/** Writes `x-datadog-*`, always with a priority: datadog-lambda-python drops a context that has none. */
export function writeDatadogHeaders(
  { traceState, wide }: OutgoingState,
  { tagsMaxLength }: InjectSettings,
  fields: Fields,
): void {
  const { samplingPriority, origin, tags, pathway } = traceState.datadog;
  fields[TRACE_ID] = OPEN.datadogTraceId;
  fields[PARENT_ID] = OPEN.datadogSpanId;
  fields[SAMPLING_PRIORITY] = String(samplingPriority);
  if (origin !== undefined && isPrintable(origin)) fields[ORIGIN] = origin;
  const header = formatTags(tags, wide ? OPEN.upperHalf : undefined, tagsMaxLength);
  if (header !== undefined) fields[TAGS] = header;
  if (pathway !== undefined) fields[PATHWAY] = pathway;
}
