import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { flushOnExit } from '../../../src/preload/flush-on-exit.ts';

/** What the process had of listeners before the test. */
const before = new Map<string, unknown[]>();
const EVENTS = ['beforeExit', 'SIGTERM', 'SIGINT'];
const own = () => {};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  for (const event of EVENTS) before.set(event, process.listeners(event as NodeJS.Signals));
  process.on('SIGTERM', own);
});
afterEach(() => {
  vi.useRealTimers();
  for (const event of EVENTS) {
    for (const listener of process.listeners(event as NodeJS.Signals)) {
      if (!before.get(event)?.includes(listener)) process.removeListener(event, listener);
    }
  }
});

/** Tells our listeners alone, and neither the process nor the runner of the tests. */
function tell(event: string): void {
  for (const listener of process.listeners(event as NodeJS.Signals)) {
    if (!before.get(event)?.includes(listener) && listener !== own) listener(event as NodeJS.Signals);
  }
}

const last = (flushLast: () => Promise<void>) => ({ flushLast, giveUp: vi.fn(), end: vi.fn() });
const never = () => new Promise<void>(() => {});

test('a flush that hangs is given up after two seconds', async () => {
  const export_ = last(never);
  flushOnExit(export_);
  tell('beforeExit');
  await vi.advanceTimersByTimeAsync(1999);
  expect(export_.giveUp).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(export_.giveUp).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
});

test('a signal and the end after it share the two seconds', async () => {
  const waits = [1500, 1500];
  const export_ = last(() => new Promise((resolve) => setTimeout(resolve, waits.shift())));
  flushOnExit(export_);
  tell('SIGTERM');
  await vi.advanceTimersByTimeAsync(1500);
  tell('beforeExit');
  await vi.advanceTimersByTimeAsync(499);
  expect(export_.giveUp).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(export_.giveUp).toHaveBeenCalledTimes(1);
  // The application has a handler, so it decides.
  expect(export_.end).not.toHaveBeenCalled();
});

test('a process that goes on for a minute has the two seconds again', async () => {
  const export_ = last(never);
  flushOnExit(export_);
  tell('SIGTERM');
  await vi.advanceTimersByTimeAsync(62_001);
  tell('beforeExit');
  await vi.advanceTimersByTimeAsync(1999);
  expect(export_.giveUp).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(export_.giveUp).toHaveBeenCalledTimes(2);
});
