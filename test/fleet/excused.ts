import type { Cell } from './fleet.ts';
import { worst } from './table.ts';

/** A peer's own limit: what it does to a pair with the bridge. */
export interface Excuse {
  readonly producer?: string;
  readonly consumer?: string;
  readonly routes?: readonly string[];
  /** The outcome, or the beginning of what is not as it should be. */
  readonly what: string;
  /** Of the peer whose limit it is; another version is looked at anew. */
  readonly version: string;
  readonly reason: string;
}

export const EXCUSED: readonly Excuse[] = [];

/** What is not as it should be of a cell: its outcome where that is not all of the trace, and each fault. */
export function shortcomings(cell: Cell): string[] {
  const outcome = worst(cell);
  const faults = new Set(cell.judgements.flatMap((judgement) => judgement.faults));
  return [...(outcome === 'joined (128)' ? [] : [outcome]), ...faults];
}

export function isExcuseFor(
  { producer, consumer, routes, what, version }: Excuse,
  cell: Cell,
  shortcoming: string,
): boolean {
  return (
    (producer ?? cell.producer.name) === cell.producer.name &&
    (consumer ?? cell.consumer.name) === cell.consumer.name &&
    (routes ?? [cell.route.name]).includes(cell.route.name) &&
    shortcoming.startsWith(what) &&
    [cell.producer.version, cell.consumer.version].includes(version)
  );
}
