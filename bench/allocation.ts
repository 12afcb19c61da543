import { GCProfiler } from 'node:v8';
import type { Operation } from './rounds.ts';

const ATTEMPTS = 5;

/**
 * Bytes on the heap that a run allocates: by how much `heapUsed` grows while nothing is collected. The young
 * generation must be larger than what all of the runs allocate; attempts in which it was not are thrown away.
 */
export function bytesPerRun(operation: Operation): number {
  const share = Math.floor(operation.count / ATTEMPTS);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const bytes = bytesWithoutCollection(operation, attempt * share, share);
    if (bytes !== undefined) return bytes / share;
  }
  return Number.NaN;
}

function bytesWithoutCollection(operation: Operation, start: number, count: number): number | undefined {
  let sum = 0;
  operation.prepare();
  globalThis.gc?.();
  const profiler = new GCProfiler();
  profiler.start();
  const before = process.memoryUsage().heapUsed;
  for (let index = start; index < start + count; index += 1) sum += operation.run(index);
  const after = process.memoryUsage().heapUsed;
  const { statistics } = profiler.stop();
  if (!(sum > 0)) throw new Error('an operation came to nothing');
  return statistics.length === 0 ? after - before : undefined;
}
