const MAX_MILLIS = 2000;
/** A wait as short as this is no reason to wait less the next time. */
const PROMPT_MILLIS = 100;
/** A process that goes on for so long was not about to end. */
const AFRESH_MILLIS = 60_000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

export interface LastExport {
  flushLast(): Promise<void>;
  /** Called when `flushLast` takes too long: nobody waits for it any more. */
  giveUp(): void;
  /** Called when the process ends at once: what has not left by now is lost. */
  end(): void;
}

type Flush = () => Promise<void>;

/**
 * Flushes when the process has nothing left to do, and on SIGTERM and SIGINT, for at most 2 s in all.
 * A signal that nobody else listens to then ends the process, as it would have without us; if the application
 * listens, the application decides. `process.exit()` leaves no time to flush.
 */
export function flushOnExit(last: LastExport): void {
  const flush = bounded(last);
  process.on('beforeExit', () => void flush());
  onSignals(flush, last);
}

/** The same for a process that has nothing left to do many times: in Lambda's older runtime clients that ends an invocation. */
export function flushOnSignal(last: LastExport): void {
  onSignals(bounded(last), last);
}

function onSignals(flush: Flush, last: LastExport): void {
  for (const signal of SIGNALS) process.on(signal, onSignal);

  let flushing = false;
  async function onSignal(signal: NodeJS.Signals): Promise<void> {
    const decidesAlone = isDecidedByNobodyElse(signal);
    // A second signal is impatience.
    if (!flushing) {
      flushing = true;
      await flush();
      flushing = false;
    }
    if (!decidesAlone) return;
    process.removeListener(signal, onSignal);
    setImmediate(() => {
      last.end();
      // A warning is printed in a tick that comes before this one, and no span ends in between.
      process.nextTick(() => process.kill(process.pid, signal));
    });
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

/** The flush, which may wait for as long as those before it have left of the time: a signal's handler may be followed by `beforeExit`. */
function bounded(last: LastExport): Flush {
  let leftMillis = MAX_MILLIS;
  let waitedLast = Number.NEGATIVE_INFINITY;
  return async () => {
    const begun = performance.now();
    if (begun - waitedLast > AFRESH_MILLIS) leftMillis = MAX_MILLIS;
    const flushed = last.flushLast().then(() => true);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<boolean>((resolve) => {
      // Nothing else keeps the process alive for the flush: the bundle's timers and sockets are unreferenced.
      timer = setTimeout(() => resolve(false), leftMillis).ref();
    });
    const inTime = await Promise.race([flushed, timeout]);
    clearTimeout(timer);
    waitedLast = performance.now();
    const waited = waitedLast - begun;
    if (waited > PROMPT_MILLIS) leftMillis = Math.max(0, leftMillis - waited);
    if (!inTime) last.giveUp();
  };
}
