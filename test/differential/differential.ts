import type { NamedConfiguration } from './configurations.ts';
import type { Difference } from './facts.ts';
import { headerSet } from './header-sets.ts';
import { judge } from './judgement.ts';
import { type Bridge, oursUnder } from './ours.ts';
import type { Headers, PeerName } from './peer.ts';
import { PEERS } from './peers.ts';

const BATCH = 500;
const KEPT_FAILURES = 1_000;

export interface Run {
  readonly bridge: Bridge;
  readonly peer: PeerName;
  readonly configuration: NamedConfiguration;
  readonly seed: number;
  readonly cases: number;
  /** Number of the first case. */
  readonly first?: number;
}

export interface Failure {
  readonly index: number;
  readonly headers: Headers;
  readonly differences: readonly Difference[];
}

export interface Outcome {
  readonly cases: number;
  readonly agreed: number;
  /** How many cases show each accepted difference. */
  readonly accepted: ReadonlyMap<string, number>;
  readonly failed: number;
  /** The first of the failures. */
  readonly failures: readonly Failure[];
}

/** Gives the same random header sets to ours and to a peer, and compares what they make of them. */
export async function runDifferential(run: Run): Promise<Outcome> {
  const { bridge, configuration, seed, cases, first = 0 } = run;
  const ours = oursUnder(bridge, configuration.variables);
  const accepted = new Map<string, number>();
  const failures: Failure[] = [];
  let agreed = 0;
  let failed = 0;

  const peer = await PEERS[run.peer].start(configuration.variables);
  try {
    for (let start = first; start < first + cases; start += BATCH) {
      const size = Math.min(BATCH, first + cases - start);
      const headerSets = Array.from({ length: size }, (_, offset) =>
        headerSet(seed, start + offset, configuration.styles),
      );
      for (const [offset, observed] of (await peer.observe(headerSets)).entries()) {
        const headers = headerSets[offset] as Headers;
        const judgement = judge(headers, configuration, run.peer, observed, ours);
        for (const name of judgement.accepted) accepted.set(name, (accepted.get(name) ?? 0) + 1);
        if (judgement.unnamed.length > 0) {
          failed += 1;
          if (failures.length < KEPT_FAILURES) {
            failures.push({ index: start + offset, headers, differences: judgement.unnamed });
          }
        } else if (judgement.accepted.length === 0) agreed += 1;
      }
    }
  } finally {
    await peer.close();
  }
  return { cases, agreed, accepted, failed, failures };
}
