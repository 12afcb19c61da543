import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { Random } from '../differential/random.ts';
import type { Lane, Sent, Service } from './service.ts';
import { SERVICE_NAMES, SERVICES, type ServiceName } from './services.ts';

/** Lanes that send at the same time, of all services together. */
const AT_ONCE = 6;
/** Then a lane makes new queues: servers keep what nobody reads, and a queue that is known to be strict is none that is new. */
const SENDS_PER_LANE = 250;
const KEPT_FAILURES = 100;
const PROGRESS_EVERY = 10_000;

export interface Plan {
  readonly services: ReadonlyMap<ServiceName, Service>;
  readonly sends: number;
  readonly seed: number;
  /** Number of the first send. */
  readonly first?: number;
  /** Is told now and then how many sends there were. */
  readonly progress?: (sends: number) => void;
}

export interface Failure {
  readonly index: number;
  readonly service: string;
  readonly sent: Sent;
}

/** How many sends there were of each operation, how many went through, and how many then carried a context. */
type Counts = Record<string, { sends: number; succeeded: number; written: number; failed: number }>;

export interface Result {
  readonly counts: Counts;
  readonly failed: number;
  /** The first of them, the smallest first. */
  readonly failures: readonly Failure[];
  /** What the process was warned of, and what nobody caught. */
  readonly said: readonly string[];
}

/** Sends that many random cases without the bridge and with it. The same seed makes the same cases. */
export async function runNeverHarm({ services, sends, seed, first = 0, progress }: Plan): Promise<Result> {
  // For its context manager.
  new NodeTracerProvider().register({ propagator: null });
  const counts: Counts = {};
  const failures: Failure[] = [];
  const said: string[] = [];
  const listen = (what: unknown) => said.push(String(what));
  const events = ['uncaughtException', 'unhandledRejection', 'warning'] as const;
  for (const event of events) process.on(event as 'warning', listen);
  let next = first;
  let taken = 0;
  let failed = 0;

  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (const event of events) process.off(event as 'warning', listen);
  failures.sort((a, b) => size(a) - size(b));
  return { counts, failed, failures, said };

  async function worker(): Promise<void> {
    const lanes = new Map<string, { lane: Lane; sends: number }>();
    while (taken < sends) {
      const index = next;
      next += 1;
      const name = serviceOf(seed, index);
      const service = services.get(name);
      if (service === undefined) continue;
      taken += 1;
      if (taken % PROGRESS_EVERY === 0) progress?.(taken);
      let own = lanes.get(name);
      if (own === undefined || own.sends === SENDS_PER_LANE) {
        own = { lane: await service.newLane(), sends: 0 };
        lanes.set(name, own);
      }
      own.sends += 1;
      const sent = await own.lane.send(() => new Random(seed, index));
      count(`${name} ${sent.operation}`, sent);
      if (sent.problems.length === 0) continue;
      failed += 1;
      if (failures.length < KEPT_FAILURES) failures.push({ index, service: name, sent });
    }
  }

  function count(operation: string, { succeeded, written, problems }: Sent): void {
    counts[operation] ??= { sends: 0, succeeded: 0, written: 0, failed: 0 };
    counts[operation].sends += 1;
    if (succeeded) counts[operation].succeeded += 1;
    if (written) counts[operation].written += 1;
    if (problems.length > 0) counts[operation].failed += 1;
  }
}

/** The same for the same number, whichever services are asked for. */
function serviceOf(seed: number, index: number): ServiceName {
  let turn = new Random(seed, index, 1).below(SERVICE_NAMES.reduce((sum, name) => sum + SERVICES[name].share, 0));
  return SERVICE_NAMES.find((name) => {
    turn -= SERVICES[name].share;
    return turn < 0;
  }) as ServiceName;
}

function size({ sent }: Failure): number {
  return JSON.stringify(sent.input).length;
}
