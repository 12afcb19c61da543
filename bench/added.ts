import { median, type Spread, spreadOf } from './statistics.ts';

/** A figure of one side over the rounds, in which every side had a process of its own. */
export interface Measured {
  readonly value: Spread;
  /** To the first side, in the same round. */
  readonly added: Spread;
  /** What the last side adds by what this one adds: of the medians, and within a round. */
  readonly ratio: number;
  readonly ratioInRound: Spread;
}

/** `runs` has the rounds of each side, in the same order. */
export function measuredOf<Figure extends string>(
  figure: Figure,
  runs: readonly (readonly Readonly<Record<Figure, number>>[])[],
  index: number,
): Measured {
  const added = runs.map((own) => own.map((run, round) => run[figure] - (runs[0]?.[round]?.[figure] ?? Number.NaN)));
  const [own, ours] = [added[index] ?? [], added.at(-1) ?? []];
  return {
    value: spreadOf((runs[index] ?? []).map((run) => run[figure])),
    added: spreadOf(own),
    ratio: median(ours) / median(own),
    ratioInRound: spreadOf(own.map((value, round) => (ours[round] ?? Number.NaN) / value)),
  };
}
