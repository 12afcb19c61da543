const INTEGER = /^\s*-?\d{1,9}\s*$/;

/** What Datadog decided about a trace: 2 and -1 by the user, 1 and 0 by a sampler. */
export type SamplingPriority = number;

/** The priority in a header or in `dd=s:`; `undefined` if it is not an integer: the trace then goes on undecided. */
export function parseSamplingPriority(value: string | undefined): SamplingPriority | undefined {
  return value !== undefined && INTEGER.test(value) ? Number(value) : undefined;
}

export function isKept(priority: SamplingPriority): boolean {
  return priority > 0;
}
