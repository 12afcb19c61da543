import { type Effort, measure } from './rounds.ts';
import { readOwn, writeFirst } from './scenarios.ts';
import type { Side } from './side.ts';
import type { TraceShape } from './wire.ts';

export interface Growth {
  readonly of: string;
  readonly rows: readonly GrowthRow[];
}

/** Nanoseconds by side: the 10th percentile of the rounds, in which the machine was least in the way. */
export interface GrowthRow {
  readonly size: number;
  readonly write: Readonly<Record<string, number>>;
  readonly read: Readonly<Record<string, number>>;
}

interface Axis {
  readonly of: string;
  readonly sizes: readonly number[];
  readonly shape: (size: number) => TraceShape;
}

const AXES: readonly Axis[] = [
  {
    of: 'baggage items',
    sizes: [0, 8, 16, 32, 48, 64],
    shape: (baggageItems) => ({ baggageItems, foreignMembers: 0 }),
  },
  {
    of: 'tracestate members',
    sizes: [1, 8, 16, 24, 32],
    // `dd` is a member too.
    shape: (members) => ({ baggageItems: 0, foreignMembers: members - 1 }),
  },
  {
    of: 'characters of tags',
    sizes: [0, 64, 128, 256, 384, 512],
    shape: (tagsLength) => ({ baggageItems: 0, foreignMembers: 0, tagsLength }),
  },
];

/** How the cost of one message grows with what its trace brings along. */
export function measureGrowth(sides: readonly Side[], effort: Effort): Growth[] {
  return AXES.map(({ of, sizes, shape }) => ({
    of,
    rows: sizes.map((size) => ({
      size,
      write: bySide(measure(writeFirst('write', shape(size)), sides, effort)),
      read: bySide(measure(readOwn('read', shape(size)), sides, effort)),
    })),
  }));
}

function bySide(measured: ReturnType<typeof measure>): Record<string, number> {
  return Object.fromEntries(measured.map(({ side, nanoseconds }) => [side, nanoseconds.p10]));
}
