import type { Backend } from './backend.ts';
import { KINDS, type Kind, type Load } from './load.ts';

/** What became of the traces of one kind. */
interface Fates {
  readonly traces: number;
  /** All of its spans came. */
  readonly kept: number;
  /** None did. */
  readonly dropped: number;
  /** Some did. */
  readonly parted: number;
}

export interface Account {
  readonly fates: Readonly<Record<Kind, Fates>>;
  /** Spans that did not come, of traces that were to be kept, or of which others came. */
  readonly missingSpans: number;
  /** Those of them of traces of which every span says that it is kept. */
  readonly lostSpans: number;
  readonly spansComeTwice: number;
  readonly spans: number;
}

export function accountOf({ traces, spans }: Load, backend: Backend): Account {
  const fates = Object.fromEntries(
    KINDS.map((kind) => [kind, { traces: 0, kept: 0, dropped: 0, parted: 0 }]),
  ) as Record<Kind, { -readonly [Key in keyof Fates]: number }>;
  let missingSpans = 0;
  let lostSpans = 0;
  let spansComeTwice = 0;
  for (const { id, kind, spans: planned } of traces) {
    const come = backend.traces.get(id);
    const count = come?.size ?? 0;
    const fate = fates[kind];
    fate.traces += 1;
    if (count === planned) fate.kept += 1;
    else if (count === 0) fate.dropped += 1;
    else fate.parted += 1;
    if (count > 0 || isToBeKept(kind)) missingSpans += planned - count;
    if (kind === 'kept') lostSpans += planned - count;
    for (const times of come?.values() ?? []) spansComeTwice += times > 1 ? 1 : 0;
  }
  return { fates, missingSpans, lostSpans, spansComeTwice, spans: spans.length };
}

/** Traces of which a part came. */
export function partedTraces({ fates }: Account): number {
  return KINDS.reduce((sum, kind) => sum + fates[kind].parted, 0);
}

/** Traces that came whole where a span says that they are to be dropped, or not at all where one says that they are to be kept. */
export function misjudgedTraces({ fates }: Account): number {
  return KINDS.reduce((sum, kind) => {
    if (kind === 'undecided') return sum;
    return sum + (isToBeKept(kind) ? fates[kind].dropped : fates[kind].kept);
  }, 0);
}

/** By how many standard deviations the count of undecided traces that were kept differs from what the rate (0 to 1) leads to expect. */
export function deviation({ fates: { undecided } }: Account, rate: number): number {
  const { traces, kept } = undecided;
  return (kept - rate * traces) / Math.sqrt(traces * rate * (1 - rate));
}

function isToBeKept(kind: Kind): boolean {
  return kind === 'kept' || kind === 'kept by one span';
}
