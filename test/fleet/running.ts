import type { Mode, Peer } from './peer.ts';

/** How many programs start side by side. */
const AT_ONCE = 3;
const MODES = ['without', 'with'] as const;

/** What has been started, and is to end together. */
export class Running {
  readonly #closing: (() => Promise<unknown>)[] = [];
  /** What went wrong with a peer: one sentence each. */
  readonly failures: string[] = [];

  /** The same, which ends with the others. */
  readonly closed = <T extends { close(): Promise<unknown> }>(started: T): T => {
    this.#closing.push(() => started.close());
    return started;
  };

  async unlessItFails(name: string, work: () => Promise<unknown>): Promise<void> {
    await work().catch((error) => this.failures.push(`${name}: ${error.message}`));
  }

  async close(): Promise<void> {
    await Promise.all(this.#closing.map((close) => close()));
  }
}

/** A peer as it is started: in which modes it is so. */
export interface Variant<P> {
  readonly peer: P;
  readonly modes: readonly [Mode, ...Mode[]];
  /** For paths and names. */
  readonly key: string;
}

export interface Started<P, S> extends Variant<P> {
  readonly started: S;
}

export function variants<P extends Peer>(peers: readonly P[], kind: string): Variant<P>[] {
  return peers.flatMap((peer, index): Variant<P>[] =>
    peer.hasBridge
      ? MODES.map((mode) => ({ peer, modes: [mode], key: `${kind}${index}-${mode}` }))
      : [{ peer, modes: MODES, key: `${kind}${index}` }],
  );
}

export async function fewAtOnce(tasks: (() => Promise<void>)[]): Promise<void> {
  const waiting = [...tasks];
  const next = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await task();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}
