import type { SpanContext, TraceState } from '@opentelemetry/api';
import { BRAND, type DatadogTraceState, EMPTY, readTraceState } from './datadog-trace-state';
import type { SamplingPriority } from './sampling-priority';

/** What was decided by hand about a local trace: the spans of a process from the one with a remote parent, or none, on. */
export interface DecisionCell {
  /** `undefined`: nothing; the sampler's decision, or the inherited one, is the trace's. */
  samplingPriority: SamplingPriority | undefined;
}

/**
 * The trace state of a local trace's spans. It adds to one that never changes the cell that all of them share, and nothing else: what an inject
 * has formatted is kept by the other, which many local traces may have.
 */
export class LocalTraceState implements TraceState {
  declare readonly [BRAND]: true;
  readonly cell: DecisionCell;
  readonly #base: DatadogTraceState;

  constructor(base: DatadogTraceState, cell: DecisionCell = { samplingPriority: undefined }) {
    this.#base = base;
    this.cell = cell;
  }

  /** As it is now. */
  get current(): DatadogTraceState {
    const { samplingPriority } = this.cell;
    return samplingPriority === undefined ? this.#base : this.#base.decidedByHand(samplingPriority);
  }

  /** The decision by hand, else what agrees with the sampled flag. */
  decided(sampled: boolean): DatadogTraceState {
    const { samplingPriority } = this.cell;
    return samplingPriority === undefined ? this.#base.decided(sampled) : this.#base.decidedByHand(samplingPriority);
  }

  get(key: string): string | undefined {
    return this.current.get(key);
  }

  set(key: string, value: string): LocalTraceState {
    return new LocalTraceState(this.current.set(key, value), this.cell);
  }

  unset(key: string): LocalTraceState {
    return new LocalTraceState(this.current.unset(key), this.cell);
  }

  serialize(): string {
    return this.current.serialize();
  }
}

Object.defineProperty(LocalTraceState.prototype, BRAND, { value: true });

/** The cell of the span context's local trace; `undefined` for one that came from outside, or whose sampler made none. */
export function decisionCell({ traceState }: SpanContext): DecisionCell | undefined {
  return (traceState as Partial<LocalTraceState> | undefined)?.cell;
}

/** What a span context says that came from outside or from another local trace, and that no decision here changes. */
export function unchangingTraceState({ traceState }: SpanContext): DatadogTraceState {
  if (traceState === undefined) return EMPTY;
  if (!(BRAND in traceState)) return readTraceState(traceState);
  return (traceState as Partial<LocalTraceState>).current ?? (traceState as DatadogTraceState);
}

/** Whether what came from outside names a trace, and leaves it to whoever comes next to decide about it. Where W3C's flag is all that there is, that is a decision. */
export function isUndecided({ traceState }: SpanContext): boolean {
  if (traceState === undefined || !(BRAND in traceState) || 'cell' in traceState) return false;
  return (traceState as DatadogTraceState).datadog.samplingPriority === undefined;
}
