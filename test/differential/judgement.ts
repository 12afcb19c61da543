import type { Case } from './accepted-difference.ts';
import { ACCEPTED_DIFFERENCES } from './accepted-differences.ts';
import type { NamedConfiguration } from './configurations.ts';
import { type Difference, differences, factsOf } from './facts.ts';
import type { ObserveOurs } from './ours.ts';
import type { Headers, Observation, PeerName } from './peer.ts';
import { ofStyles, TAGS, without } from './reading.ts';

export interface Judgement {
  /** Names of the accepted differences that the case shows. */
  readonly accepted: readonly string[];
  /** What none of them accounts for. */
  readonly unnamed: readonly Difference[];
}

const DEFAULT_MAX_TAGS = 512;

const AGREED: Judgement = { accepted: [], unnamed: [] };

/** Whether ours and the peer's agree on a case, but for the differences that the table names. */
export function judge(
  headers: Headers,
  configuration: NamedConfiguration,
  peer: PeerName,
  observed: Observation,
  observeOurs: ObserveOurs,
): Judgement {
  const theirs = factsOf(observed);
  const asItCame: Case = { headers, configuration, peer, ours: observeOurs(headers) };
  if (differences(factsOf(asItCame.ours), theirs).length === 0) return AGREED;
  const ofConfigured = configuredHeaders(headers, configuration);
  const configured: Case = { ...asItCame, headers: ofConfigured, ours: observeOurs(ofConfigured) };
  const ofOthers = differences(factsOf(asItCame.ours), factsOf(configured.ours));
  // What is not configured to be read says nothing to us.
  if (ofOthers.length > 0) return { accepted: [], unnamed: ofOthers };

  const accepted = new Set<string>();
  const read = asThePeerReads(configured, accepted);
  const unnamed: Difference[] = [];
  for (const difference of differences(factsOf(read.ours), theirs)) {
    const name = coveringName(difference, read) ?? coveringName(difference, asItCame);
    if (name === undefined) unnamed.push(difference);
    else accepted.add(name);
  }
  return { accepted: [...accepted], unnamed };

  function asThePeerReads(input: Case, names: Set<string>): Case {
    let current = input;
    for (const { name, readAs } of ACCEPTED_DIFFERENCES) {
      const asRead = readAs?.[peer]?.(current.headers, configuration);
      if (asRead === undefined || isSame(asRead, current.headers)) continue;
      const ours = observeOurs(asRead);
      // Headers that mean the same to us show no difference.
      if (differences(factsOf(ours), factsOf(current.ours)).length > 0) names.add(name);
      current = { ...current, headers: asRead, ours };
    }
    return current;
  }
}

function coveringName(difference: Difference, input: Case): string | undefined {
  return ACCEPTED_DIFFERENCES.find(({ covers }) => {
    const covering = covers?.[input.peer];
    return covering?.when(input) && covering.covers(difference, input);
  })?.name;
}

function isSame(one: Headers, other: Headers): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

function configuredHeaders(headers: Headers, { extractStyles, variables }: NamedConfiguration): Headers {
  const read = ofStyles(headers, extractStyles);
  const maxTags = Number(variables.DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH ?? DEFAULT_MAX_TAGS);
  return (read[TAGS]?.length ?? 0) > maxTags ? without(read, TAGS) : read;
}
