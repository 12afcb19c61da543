import { Random } from '../../differential/random.ts';

/** What a trace's spans say of sampling in the `dd` member of their tracestate, and so what is to become of it. */
export const KINDS = ['kept', 'dropped', 'kept by one span', 'dropped by one span', 'undecided'] as const;
export type Kind = (typeof KINDS)[number];

/** Of every hundred traces. */
const SHARES: readonly (readonly [Kind, number])[] = [
  ['kept', 20],
  ['dropped', 20],
  ['kept by one span', 15],
  ['dropped by one span', 15],
  ['undecided', 30],
];

export interface PlannedSpan {
  readonly trace: PlannedTrace;
  /** Which of the senders sends it. */
  readonly sender: number;
  /** When, in milliseconds from the start. */
  readonly at: number;
  readonly tracestate: string | undefined;
}

interface PlannedTrace {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly kind: Kind;
  readonly spans: number;
}

export interface Load {
  readonly senders: number;
  readonly traces: readonly PlannedTrace[];
  /** By the time at which they are sent. */
  readonly spans: readonly PlannedSpan[];
}

export interface LoadOptions {
  readonly traces: number;
  readonly seconds: number;
  /** The longest time between the first and the last span of a trace. */
  readonly spreadMillis: number;
  readonly senders: number;
  readonly seed: number;
}

/** The same each time for the same seed. */
export function planLoad({ traces: count, seconds, spreadMillis, senders, seed }: LoadOptions): Load {
  const random = new Random(seed);
  const latest = Math.max(1, seconds * 1000 - spreadMillis);
  const traces: PlannedTrace[] = [];
  const spans: PlannedSpan[] = [];
  for (let index = 0; index < count; index++) {
    const kind = kindOf(random.below(100));
    const trace = { id: random.hex(32), kind, spans: random.between(3, 8) };
    traces.push(trace);
    const begin = random.below(latest);
    const decisive = random.below(trace.spans);
    for (let span = 0; span < trace.spans; span++) {
      const at = begin + random.between(0, spreadMillis);
      spans.push({ trace, sender: random.below(senders), at, tracestate: tracestateOf(kind, span === decisive) });
    }
  }
  return { senders, traces, spans: spans.sort((a, b) => a.at - b.at) };
}

function kindOf(percentile: number): Kind {
  let sum = 0;
  for (const [kind, share] of SHARES) {
    sum += share;
    if (percentile < sum) return kind;
  }
  return 'undecided';
}

function tracestateOf(kind: Kind, isDecisive: boolean): string | undefined {
  if (kind === 'kept' || (kind === 'kept by one span' && isDecisive)) return 'dd=s:2;t.dm:-4';
  if (kind === 'dropped' || (kind === 'dropped by one span' && isDecisive)) return 'dd=s:-1;t.dm:-4';
  return undefined;
}
