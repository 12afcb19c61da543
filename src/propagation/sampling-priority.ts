import { TraceFlags } from '@opentelemetry/api';

/** The second flag of W3C's level 2, which OpenTelemetry's API has no name for. https://www.w3.org/TR/trace-context-2/#random-trace-id-flag */
export const RANDOM_TRACE_ID = 0x02;

const INTEGER = /^\s*-?\d{1,9}\s*$/;
const MAX_LENGTH = 32;

/** What Datadog decided about a trace: 2 and -1 by the user, 1 and 0 by a sampler. */
export type SamplingPriority = number;

/** The priority in a header or in `dd=s:`; `undefined` if it is not an integer: the trace then goes on undecided. */
export function parseSamplingPriority(value: string | undefined): SamplingPriority | undefined {
  if (value === undefined || value.length > MAX_LENGTH) return undefined;
  if (value === '1') return 1;
  return INTEGER.test(value) ? Number(value) : undefined;
}

export function isKept(priority: SamplingPriority): boolean {
  return priority > 0;
}

/** The sampled flag for a priority. An undecided trace is recorded: a sampler that knows no better keeps it. */
export function sampledFlag(priority: SamplingPriority | undefined): TraceFlags {
  return priority === undefined || isKept(priority) ? TraceFlags.SAMPLED : TraceFlags.NONE;
}
