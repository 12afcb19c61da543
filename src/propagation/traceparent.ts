import { TraceFlags } from '@opentelemetry/api';
import { asciiBytes } from './ascii';
import { aroundParentId, formatDatadogMember, PARENT_ID_LENGTH } from './datadog-member';
import { type DatadogState, decide } from './datadog-state';
import { DATADOG_KEY, parseTraceState, type TraceStateContent } from './datadog-trace-state';
import { type Fields, type ReadField, readFilledIn } from './fields';
import { hexNumber, type Id, isLowerHex } from './ids';
import type { OutgoingState } from './outgoing-fields';
import type { Ids, RemoteParent } from './remote-parent';
import { RANDOM_TRACE_ID, type SamplingPriority } from './sampling-priority';
import { OPEN } from './template';
import { joinedMembers } from './trace-state-members';

export const TRACEPARENT = 'traceparent';
export const TRACESTATE = 'tracestate';

const TRACE_ID = 3;
const LOWER_HALF = 19;
const ZERO = 48;
const SPAN_ID = 36;
const FLAGS = 53;
const LENGTH = 55;
const DASH = 45;
/** Later versions may be longer, but not without end. */
const MAX_LENGTH = 512;

const ORIGIN_THAT_DECIDES_LATER = 'rum';

/** A valid `traceparent`, and the `tracestate` that came with it, not read yet. */
export interface TraceContextHeaders extends Ids {
  /** Of the trace id: all of it that Datadog's headers have but for a tag. */
  readonly lowerHalf: Id;
  readonly sampled: boolean;
  readonly randomTraceId: boolean;
  readonly tracestate: string | undefined;
}

/** Reads `traceparent` from the first source that has a valid one, and only then `tracestate`. */
export function extractTraceContext(sources: readonly ReadField[]): TraceContextHeaders | undefined {
  for (const source of sources) {
    const header = source(TRACEPARENT);
    if (header === undefined || header.length > MAX_LENGTH) continue;
    const text = trimmed(header);
    const bytes = text.length < LENGTH ? undefined : asciiBytes(text);
    if (bytes === undefined || !isWellFormed(text, bytes)) continue;
    const flags = hexNumber(bytes, FLAGS, LENGTH);
    if (isZero(bytes, TRACE_ID, SPAN_ID - 1) || isZero(bytes, SPAN_ID, FLAGS - 1)) continue;
    return {
      traceId: text.slice(TRACE_ID, SPAN_ID - 1),
      spanId: text.slice(SPAN_ID, FLAGS - 1),
      lowerHalf: {
        high: hexNumber(bytes, LOWER_HALF, LOWER_HALF + 8),
        low: hexNumber(bytes, LOWER_HALF + 8, SPAN_ID - 1),
      },
      sampled: (flags & TraceFlags.SAMPLED) !== 0,
      randomTraceId: (flags & RANDOM_TRACE_ID) !== 0,
      tracestate: readFilledIn(source, sources, TRACEPARENT, TRACESTATE),
    };
  }
  return undefined;
}

/**
 * Behind the flags of a later version anything may stand but a comma: that comes from two headers that HTTP has joined, and nobody
 * knows which is meant. https://www.w3.org/TR/trace-context-2/#traceparent-header
 */
function isWellFormed(text: string, bytes: Uint8Array): boolean {
  const isFormat =
    isLowerHex(bytes, 0, TRACE_ID - 1) &&
    bytes[TRACE_ID - 1] === DASH &&
    isLowerHex(bytes, TRACE_ID, SPAN_ID - 1) &&
    bytes[SPAN_ID - 1] === DASH &&
    isLowerHex(bytes, SPAN_ID, FLAGS - 1) &&
    bytes[FLAGS - 1] === DASH &&
    isLowerHex(bytes, FLAGS, LENGTH);
  if (!isFormat || text.startsWith('ff')) return false;
  if (text.length === LENGTH) return true;
  return !text.startsWith('00') && bytes[LENGTH] === DASH && !text.includes(',');
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  let index = start;
  while (index < end && bytes[index] === ZERO) index += 1;
  return index === end;
}

function trimmed(header: string): string {
  return header.length === LENGTH ? header : header.replace(/^[ \t]+|[ \t]+$/g, '');
}

/** The parent as W3C alone names it: the flag decides, and the priority in `tracestate` counts where it agrees. */
export class TraceContextParent implements RemoteParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly samplingPriority: SamplingPriority | undefined;
  readonly randomTraceId: boolean;
  readonly datadogTraceId = undefined;
  readonly stateHeaders = undefined;
  readonly #content: TraceStateContent;

  constructor({ traceId, spanId, sampled, randomTraceId, tracestate }: TraceContextHeaders) {
    const { datadog, foreign } = parseTraceState(tracestate);
    const decided = !sampled && isUndecided(datadog) ? datadog : decide(datadog, sampled);
    this.traceId = traceId;
    this.spanId = spanId;
    this.samplingPriority = decided.samplingPriority;
    this.randomTraceId = randomTraceId;
    this.#content = { datadog: decided, foreign };
  }

  readContent(): TraceStateContent {
    return this.#content;
  }
}

/** A browser's flag 00 says that nobody has sampled yet, not that the trace is dropped. */
function isUndecided({ samplingPriority, origin }: DatadogState): boolean {
  return samplingPriority === undefined && origin === ORIGIN_THAT_DECIDES_LATER;
}

/** Writes `traceparent` and `tracestate`: `p` is the span that sends, or of a context that is only passed on the last Datadog span. */
export function writeTraceContext({ traceState, wide, remote, traceFlags }: OutgoingState, fields: Fields): void {
  fields[TRACEPARENT] = `00-${OPEN.traceId}-${OPEN.spanId}-0${traceFlags}`;
  const { datadog, foreign } = traceState;
  const parentId = remote ? datadog.parentId : OPEN.spanId;
  const parentIdLength = remote ? undefined : PARENT_ID_LENGTH;
  const member = formatDatadogMember(datadog, wide ? OPEN.upperHalf : undefined, parentIdLength);
  fields[TRACESTATE] = `${DATADOG_KEY}=${aroundParentId(member, parentId)}${joinedMembers(foreign)}`;
}
