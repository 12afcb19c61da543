import type { Random } from '../differential/random.ts';

/** What one send showed. */
export interface Sent {
  /** What differs that must not; none where no harm was done. */
  readonly problems: readonly string[];
  /** What was sent, for whoever reads of a failure. */
  readonly input: unknown;
  readonly operation: string;
  readonly succeeded: boolean;
  /** Whether a context was on it. */
  readonly written: boolean;
}

/** Sends one case after the other to queues (topics, streams) of its own. */
export interface Lane {
  /** Sends what the random numbers say; `random` starts the same ones anew each time. */
  send(random: () => Random): Promise<Sent>;
}

/** A service behind a peer. */
export interface Service {
  newLane(): Promise<Lane>;
  close(): Promise<void>;
}
