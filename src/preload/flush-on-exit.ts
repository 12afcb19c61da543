const MAX_MILLIS = 2000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

export interface LastExport {
  flush(): Promise<void>;
  /** Called when `flush` takes too long: nobody waits for it any more. */
  giveUp(): void;
}

/**
 * Flushes when the process has nothing left to do, and on SIGTERM and SIGINT, for at most 2 s.
 * A signal that nobody else listens to then ends the process, as it would have without us; if the application
 * listens, the application decides. `process.exit()` leaves no time to flush.
 */
export function flushOnExit(last: LastExport): void {
  process.on('beforeExit', () => void bounded(last));
  flushOnSignal(last);
}

/** The same for a process that has nothing left to do many times: in Lambda's older runtime clients that ends an invocation. */
export function flushOnSignal(last: LastExport): void {
  for (const signal of SIGNALS) process.on(signal, onSignal);

  let flushing = false;
  async function onSignal(signal: NodeJS.Signals): Promise<void> {
    const decidesAlone = isDecidedByNobodyElse(signal);
    // A second signal is impatience.
    if (!flushing) {
      flushing = true;
      await bounded(last);
      flushing = false;
    }
    if (!decidesAlone) return;
    process.removeListener(signal, onSignal);
    // A warning that the flush gave is printed one tick later.
    setImmediate(() => process.kill(process.pid, signal));
  }

  function isDecidedByNobodyElse(signal: NodeJS.Signals): boolean {
    const others = process.listeners(signal).filter((listener) => listener !== onSignal);
    return others.length <= signalExitListeners();
  }
}

/** The `signal-exit` package listens too, and kills the process only where it listens alone: it waits for us as we for it. */
function signalExitListeners(): number {
  const { __signal_exit_emitter__: v3 } = process as { __signal_exit_emitter__?: { count?: number } };
  const v4 = (globalThis as Record<symbol, { count?: number } | undefined>)[Symbol.for('signal-exit emitter')];
  return (v3?.count ?? 0) + (v4?.count ?? 0);
}

async function bounded({ flush, giveUp }: LastExport): Promise<void> {
  const flushed = flush().then(() => true);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    // Nothing else keeps the process alive for the flush: the bundle's timers and sockets are unreferenced.
    timer = setTimeout(() => resolve(false), MAX_MILLIS).ref();
  });
  const inTime = await Promise.race([flushed, timeout]);
  clearTimeout(timer);
  if (!inTime) giveUp();
}
