import type { FleetRun } from './cell.ts';
import { EXCUSED, type Excuse, isExcuseFor, shortcomings } from './excused.ts';

export interface Verdict {
  /** What is not as it should be with the bridge, and no peer's own limit: one line each. */
  readonly unexcused: readonly string[];
  /** Excuses that nothing needed. */
  readonly unused: readonly Excuse[];
}

/** What the bridge answers for: the pairs with one of its parts at either end. */
export function verdict({ cells }: FleetRun, excused: readonly Excuse[] = EXCUSED): Verdict {
  const used = new Set<Excuse>();
  const unexcused: string[] = [];
  for (const cell of cells) {
    const { producer, consumer, mode, route } = cell;
    if (mode === 'without' || !(producer.hasBridge || consumer.hasBridge)) continue;
    for (const shortcoming of shortcomings(cell)) {
      const excuses = excused.filter((excuse) => isExcuseFor(excuse, cell, shortcoming));
      for (const excuse of excuses) used.add(excuse);
      if (excuses.length === 0) unexcused.push(`${producer.name} -> ${consumer.name}, ${route.name}: ${shortcoming}`);
    }
  }
  return { unexcused, unused: excused.filter((excuse) => !used.has(excuse)) };
}
