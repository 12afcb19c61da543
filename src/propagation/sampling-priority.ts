import { TraceFlags } from '@opentelemetry/api';

const INTEGER = /^\s*-?\d{1,9}\s*$/;
const MAX_LENGTH = 32;

/** What Datadog decided about a trace: 2 and -1 by the user, 1 and 0 by a sampler. */
export type SamplingPriority = number;

/** The priority in a header or in `dd=s:`; `undefined` if it is not an integer: the trace then goes on undecided. */
export function parseSamplingPriority(value: string | undefined): SamplingPriority | undefined {
  if (value === undefined || value.length > MAX_LENGTH || !INTEGER.test(value)) return undefined;
  return Number(value);
}

export function isKept(priority: SamplingPriority): boolean {
  return priority > 0;
}

/** The sampled flag for a priority. An undecided trace is recorded: a sampler that knows no better keeps it. */
export function sampledFlag(priority: SamplingPriority | undefined): TraceFlags {
  return priority === undefined || isKept(priority) ? TraceFlags.SAMPLED : TraceFlags.NONE;
}
