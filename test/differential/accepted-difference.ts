import type { NamedConfiguration } from './configurations.ts';
import type { Difference } from './facts.ts';
import type { Headers, Observation, PeerName } from './peer.ts';

/** A case as the table's predicates see it. */
export interface Case {
  readonly headers: Headers;
  readonly configuration: NamedConfiguration;
  readonly peer: PeerName;
  /** What ours makes of the headers. */
  readonly ours: Observation;
}

/**
 * A difference that is right and intended, and what follows of it. Either the peer reads the headers as if they were others (then
 * all that ours makes of those must be what the peer says), or certain facts may differ where something certain came in.
 */
export interface AcceptedDifference {
  readonly name: string;
  readonly reason: string;
  /** The headers that the peer takes the given ones for. It shows wherever they are others. */
  readonly readAs?: Readonly<
    Partial<Record<PeerName, (headers: Headers, configuration: NamedConfiguration) => Headers>>
  >;
  readonly covers?: Readonly<Partial<Record<PeerName, Covering>>>;
}

export interface Covering {
  when(input: Case): boolean;
  covers(difference: Difference, input: Case): boolean;
}
