import { ACCEPTED_DIFFERENCES, type AcceptedDifference, type Case } from './accepted-differences.ts';
import { type Difference, differences, factsOf } from './facts.ts';
import type { ObserveOurs } from './ours.ts';
import type { Configuration, Headers, Observation, PeerName } from './peer.ts';

export interface Judgement {
  /** The accepted differences that the case shows. */
  readonly accepted: readonly AcceptedDifference[];
  /** What none of them accounts for. */
  readonly unnamed: readonly Difference[];
}

const AGREED: Judgement = { accepted: [], unnamed: [] };

/** Whether ours and the peer's agree on a case, but for the differences that the table names. */
export function judge(
  headers: Headers,
  configuration: Configuration,
  peer: PeerName,
  observed: Observation,
  observeOurs: ObserveOurs,
): Judgement {
  const caseOf = (read: Headers): Case => ({ headers: read, configuration, ours: observeOurs(read) });
  const theirs = factsOf(observed);
  const asItCame = caseOf(headers);
  if (differences(factsOf(asItCame.ours), theirs).length === 0) return AGREED;

  const entries = ACCEPTED_DIFFERENCES.filter(({ peers }) => peers.includes(peer));
  const readings: AcceptedDifference[] = [];
  let read = asItCame;
  for (const entry of entries) {
    if (entry.readAs === undefined || !entry.when(read)) continue;
    readings.push(entry);
    read = caseOf(entry.readAs(read.headers));
  }
  const coverings = entries.filter((entry) => entry.covers && (readings.includes(entry) || entry.when(read)));
  const shown = new Set<AcceptedDifference>();
  const unnamed: Difference[] = [];
  for (const difference of differences(factsOf(read.ours), theirs)) {
    const covering = coverings.find(({ covers }) => covers?.(difference, read));
    if (covering === undefined) unnamed.push(difference);
    else shown.add(covering);
  }
  return { accepted: [...readings, ...shown], unnamed };
}
