import { type Fields, firstFound, type ReadField, readFilledIn } from './fields';
import type { OutgoingState } from './outgoing-fields';
import { hasValidIds, PlainParent, type RemoteParent } from './remote-parent';
import { isKept, type SamplingPriority } from './sampling-priority';
import { OPEN } from './template';

const SINGLE = 'b3';
const TRACE_ID = 'x-b3-traceid';
const SPAN_ID = 'x-b3-spanid';
const SAMPLED = 'x-b3-sampled';
const FLAGS = 'x-b3-flags';

/** https://github.com/openzipkin/b3-propagation */
export const B3_HEADERS: readonly string[] = [SINGLE, TRACE_ID, SPAN_ID, SAMPLED, FLAGS];

const SINGLE_FORMAT = /^((?:[0-9a-f]{16}){1,2})-([0-9a-f]{16})(?:-([01d])(?:-[0-9a-f]{16})?)?$/i;
const TRACE_ID_FORMAT = /^(?:[0-9a-f]{16}){1,2}$/i;
const SPAN_ID_FORMAT = /^[0-9a-f]{16}$/i;
const DEBUG = '1';

// B3's debug flag asks for the trace as a user does; its sampled flag is a sampler's.
const PRIORITY_OF_DEBUG = 2;

/** Reads the single header; one that only carries a decision (`b3: 0`) is no context. */
export function extractB3(sources: readonly ReadField[]): RemoteParent | undefined {
  return firstFound(sources, (read) => {
    const [, traceId, spanId, sampled] = SINGLE_FORMAT.exec(read(SINGLE) ?? '') ?? [];
    if (traceId === undefined || spanId === undefined) return undefined;
    return parentOf(traceId, spanId, sampled === 'd' ? PRIORITY_OF_DEBUG : priorityOf(sampled));
  });
}

/** Reads the many headers. */
export function extractB3Multi(sources: readonly ReadField[]): RemoteParent | undefined {
  return firstFound(sources, (source) => {
    const traceId = source(TRACE_ID);
    if (traceId === undefined || !TRACE_ID_FORMAT.test(traceId)) return undefined;
    const read = (name: string) => readFilledIn(source, sources, TRACE_ID, name);
    const spanId = read(SPAN_ID);
    if (spanId === undefined || !SPAN_ID_FORMAT.test(spanId)) return undefined;
    return parentOf(traceId, spanId, read(FLAGS) === DEBUG ? PRIORITY_OF_DEBUG : priorityOf(read(SAMPLED)));
  });
}

function priorityOf(sampled: string | undefined): SamplingPriority | undefined {
  return sampled === '1' ? 1 : sampled === '0' ? 0 : undefined;
}

function parentOf(
  traceId: string,
  spanId: string,
  samplingPriority: SamplingPriority | undefined,
): RemoteParent | undefined {
  const ids = { traceId: traceId.toLowerCase().padStart(32, '0'), spanId: spanId.toLowerCase() };
  return hasValidIds(ids) ? new PlainParent(ids, samplingPriority) : undefined;
}

export function writeB3(state: OutgoingState, fields: Fields): void {
  fields[SINGLE] = `${traceIdOf(state)}-${OPEN.spanId}-${sampledOf(state)}`;
}

export function writeB3Multi(state: OutgoingState, fields: Fields): void {
  fields[TRACE_ID] = traceIdOf(state);
  fields[SPAN_ID] = OPEN.spanId;
  fields[SAMPLED] = sampledOf(state);
  if ((state.traceState.datadog.samplingPriority ?? 0) >= PRIORITY_OF_DEBUG) fields[FLAGS] = DEBUG;
}

/** 16 digits for a 64-bit trace, as Datadog's tracers write it. */
function traceIdOf({ wide }: OutgoingState): string {
  return wide ? OPEN.traceId : OPEN.lowerHalf;
}

function sampledOf({ traceState }: OutgoingState): string {
  return isKept(traceState.datadog.samplingPriority ?? 0) ? '1' : '0';
}
