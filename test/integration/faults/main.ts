// `npm run faults -- --minutes 30`: a server under load beside an Agent that fails and recovers, and one beside an Agent that does not. Prints the
// slope of the first one's heap after warm-up and the 99th percentile of each one's answers, with their 95% intervals; fails where the heap grows,
// or where the percentiles' intervals do not overlap.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { REGISTER, type Run, runNode } from '../run-node.ts';
import { FaultyAgent } from './agent.ts';
import { type Estimate, percentile, slope } from './estimates.ts';
import { FAULTS } from './faults.ts';

const SERVER = join(import.meta.dirname, '../fixtures/faults/server.cjs');
const MINUTE = 60_000;
const FLAP_MILLIS = 5000;
const HEAP_MILLIS = 2000;
const REQUESTS = 20;
const PAUSE_MILLIS = 50;
const WARM_UP = 1 / 4;
const ENV = {
  OTEL_BSP_SCHEDULE_DELAY: '200',
  OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
};

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } });
const millis = Number(values.minutes) * MINUTE;
if (!(millis > 0)) throw new Error(`--minutes ${values.minutes} is no time`);

interface Server {
  readonly agent: FaultyAgent;
  readonly run: Run;
  readonly url: string;
  readonly latencies: number[];
  readonly heap: [seconds: number, bytes: number][];
}

async function start(preload: readonly string[] = ['--require', REGISTER]): Promise<Server> {
  const agent = await FaultyAgent.start();
  const env = {
    ...ENV,

    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${agent.port}`,
  };
  const run = runNode(['--expose-gc', ...preload, SERVER], { env, timeoutMillis: millis + MINUTE });
  return { agent, run, url: await run.printed(/http:\S+/), latencies: [], heap: [] };
}

const steady = await start();
const flapping = await start();
const bare = await start([]);
const servers = [steady, flapping, bare];
const faults = FAULTS.filter(({ loses, around }) => loses && around === undefined);
const began = performance.now();
const since = () => performance.now() - began;

for (let round = 0, flaps = 0, heaps = 0; since() < millis; round++) {
  if (since() > flaps * FLAP_MILLIS) {
    await flapping.agent.behave(flaps % 2 === 0 ? {} : faults[((flaps - 1) / 2) % faults.length]);
    for (const { agent } of servers) agent.spanIds.clear();
    flaps += 1;
  }
  // The first of a round has colder caches.
  for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
    for (let count = 0; count < REQUESTS; count++) {
      const before = performance.now();
      const answer = await (await fetch(server.url)).text();
      if (answer !== 'well') throw new Error(`it answered ${answer}`);
      if (since() > millis * WARM_UP) server.latencies.push(performance.now() - before);
    }
  }
  if (since() > heaps * HEAP_MILLIS) {
    heaps += 1;
    for (const { url, heap } of servers) {
      const bytes = Number(await (await fetch(`${url}/heap`)).text());
      if (since() > millis * WARM_UP) heap.push([since() / 1000, bytes]);
    }
  }
  await sleep(PAUSE_MILLIS);
}
for (const { run, agent } of servers) {
  run.child.kill('SIGTERM');
  await run.end;
  await agent.close();
}

const shown = ({ value, low, high }: Estimate) => `${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
const heapSlope = ({ heap }: Server) => slope(heap.map(([seconds, bytes]) => [seconds / 60, bytes / 1024]));
const heap = heapSlope(flapping);
const [p99, p99Flapping] = servers.map(({ latencies }) => percentile(latencies, 0.99)) as [Estimate, Estimate];
const grows = heap.low > 0;
const slower = p99Flapping.low > p99.high;
console.log(
  `${values.minutes} minutes, ${flapping.latencies.length} requests to each after warm-up; 95% intervals in brackets`,
);
console.log(`heap, Agent that fails and recovers: ${shown(heap)} KiB a minute${grows ? ': it GROWS' : ''}`);
console.log(`heap, Agent without a fault:         ${shown(heapSlope(steady))} KiB a minute`);
console.log(`heap, without the preload:           ${shown(heapSlope(bare))} KiB a minute`);
console.log(`p99, Agent that fails and recovers:  ${shown(p99Flapping)} ms${slower ? ': it is SLOWER' : ''}`);
console.log(`p99, Agent without a fault:          ${shown(p99)} ms`);
console.log(
  `lines on stderr: ${flapping.run.stderr.split('\n').filter((line) => line.includes('otel-datadog-bridge: ')).length}`,
);
process.exitCode = grows || slower ? 1 : 0;
