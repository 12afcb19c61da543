import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { REGISTER, type Run, runNode } from '../run-node.ts';
import { FaultyAgent } from './agent.ts';
import { type Estimate, slope } from './estimates.ts';
import { FAULTS } from './faults.ts';
import { type Heap, heapIn } from './heap.ts';

const SERVER = join(import.meta.dirname, '../fixtures/faults/server.cjs');
const MINUTE = 60_000;
/** How long a fault lasts, and as long is the Agent well after it. */
const PHASE_MILLIS = 2000;
const DELAY_MILLIS = 200;
/** In which what waits has left, so that it is not taken for what stays. */
const DRAIN_MILLIS = 4 * DELAY_MILLIS;
const REQUESTS = 20;
const PAUSE_MILLIS = 50;
/** By then what is made once and kept has been made. */
const WARM_UP_REQUESTS = 10_000;
/** A fault's own code has run by then as well. */
const WARM_UP_CYCLES = 2;
/** Of the server that leaks for comparison: it keeps the span of one request in so many. */
const LEAKS = 100;
const ENV = {
  OTEL_BSP_SCHEDULE_DELAY: String(DELAY_MILLIS),
  OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
};

/** KiB a minute. */
export interface Growth {
  readonly data: Estimate;
  readonly code: Estimate;
}

export interface Soak {
  readonly minutes: number;
  /** To each server, after warm-up. */
  readonly requests: number;
  readonly cycles: number;
  /** Beside an Agent that fails and recovers. */
  readonly flapping: Growth;
  /** Beside one that does not. */
  readonly steady: Growth;
  /** The first again, with a leak. */
  readonly leaking: Growth;
  readonly bare: Growth;
  /** Lines of ours on the first one's stderr. */
  readonly lines: number;
}

interface Server {
  readonly agent: FaultyAgent;
  readonly run: Run;
  readonly url: string;
  /** One after each cycle of faults. */
  readonly heaps: (Heap & { minutes: number })[];
}

async function start(millis: number, env: Record<string, string>, preload: readonly string[]): Promise<Server> {
  const agent = await FaultyAgent.start();
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${agent.port}` };
  const run = runNode([...preload, SERVER], {
    env: { ...ENV, ...endpoint, ...env },
    timeoutMillis: millis,
  });
  return { agent, run, url: await run.printed(/http:\S+/), heaps: [] };
}

const connections = new Agent({ keepAlive: true, maxSockets: REQUESTS });

/** Less work than `fetch`, of which the servers are to have the most. */
function answerOf(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: connections }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk) => {
          text += chunk;
        })
        .on('end', () => resolve(text))
        .on('error', reject);
    }).on('error', reject);
  });
}

/** Servers under the same load, in turns, for so many minutes after their warm-up, and until the faults' cycle is done. */
export async function soak(minutes: number): Promise<Soak> {
  const longest = 3 * minutes * MINUTE + 30 * MINUTE;
  const begin = (env: Record<string, string> = {}, preload = ['--require', REGISTER]) => start(longest, env, preload);
  const servers = await Promise.all([begin(), begin({ LEAKS: String(LEAKS) }), begin(), begin({}, [])]);
  const [flapping, leaking, steady, bare] = servers;
  const faults = FAULTS.filter(({ loses, around }) => loses && around === undefined);
  let requests = 0;

  async function load(millis: number): Promise<void> {
    const end = performance.now() + millis;
    for (let round = 0; performance.now() < end; round++) {
      // The first of a round has colder caches.
      for (const { url } of round % 2 === 0 ? servers : servers.toReversed()) {
        const answers = await Promise.all(Array.from({ length: REQUESTS }, () => answerOf(url)));
        if (answers.some((answer) => answer !== 'well')) throw new Error(`it answered ${answers}`);
      }
      requests += REQUESTS;
      await sleep(PAUSE_MILLIS);
    }
  }

  /** Each fault once; the servers' heaps after that. */
  async function cycle(): Promise<Heap[]> {
    for (const fault of faults) {
      for (const { agent } of [flapping, leaking]) await agent.behave(fault);
      await load(PHASE_MILLIS);
      for (const { agent } of [flapping, leaking]) await agent.behave();
      await load(PHASE_MILLIS);
      for (const { agent } of servers) agent.spanIds.clear();
    }
    await sleep(DRAIN_MILLIS);
    const heaps: Heap[] = [];
    for (const { url } of servers) heaps.push(heapIn(await answerOf(`${url}/heap`)));
    return heaps;
  }

  for (let cycles = 0; cycles < WARM_UP_CYCLES || requests < WARM_UP_REQUESTS; cycles++) {
    await cycle();
    console.log(`warm-up: ${requests} requests`);
  }
  requests = 0;
  const began = performance.now();
  const since = () => (performance.now() - began) / MINUTE;
  // A slope has an interval from three points on.
  while (since() < minutes || flapping.heaps.length < 3) {
    const heaps = await cycle();
    for (const [index, heap] of heaps.entries()) servers[index]?.heaps.push({ ...heap, minutes: since() });
    console.log(`${since().toFixed(1)} minutes: ${heaps.map(({ data }) => (data / 1024).toFixed(0)).join(', ')} KiB`);
  }
  const lasted = since();
  for (const { run, agent } of servers) {
    run.child.kill('SIGTERM');
    await run.end;
    await agent.close();
  }
  connections.destroy();
  return {
    minutes: lasted,
    requests,
    cycles: flapping.heaps.length,
    flapping: growth(flapping),
    steady: growth(steady),
    leaking: growth(leaking),
    bare: growth(bare),
    lines: flapping.run.stderr.split('\n').filter((line) => line.includes('otel-datadog-bridge: ')).length,
  };
}

function growth({ heaps }: Server): Growth {
  const of = (part: keyof Heap) => slope(heaps.map((heap) => [heap.minutes, heap[part] / 1024]));
  return { data: of('data'), code: of('code') };
}
