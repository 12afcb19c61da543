import { defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { Configuration, Headers, PeerName } from './peer.ts';
import { PEERS } from './peers.ts';
import { Random } from './random.ts';

/** The package's root export, from its sources or as it is built. */
export type SamplingBridge = Pick<typeof import('../../src/index.ts'), 'DatadogPropagator' | 'DatadogSampler'>;

/** From none to all, with rates that no binary fraction is. */
export const RATES: readonly number[] = [
  0,
  0.000001,
  0.0001,
  0.001,
  0.01,
  0.05,
  0.1,
  0.123456789,
  0.2,
  0.25,
  1 / 3,
  0.5,
  0.6,
  2 / 3,
  0.75,
  0.9,
  0.99,
  0.999,
  0.999999,
  1,
];

const BATCH = 500;
const MODULUS = 2n ** 64n;
const FACTOR = 1_111_111_111_111_111_111n;
const KEPT_FAILURES = 100;

export interface SamplingRun {
  readonly bridge: SamplingBridge;
  readonly peer: PeerName;
  readonly rate: number;
  readonly ids: number;
  readonly seed: number;
}

export interface SamplingOutcome {
  readonly kept: number;
  readonly dropped: number;
  readonly failed: number;
  /** The first of the failures. */
  readonly failures: readonly string[];
}

/**
 * Gives traces that nobody has decided about to ours and to a tracer that has the same rate, and compares what both tell the next service
 * of their decision. Beside random ids there are those whose hash is next to where a rate divides them.
 */
export async function runSampling({ bridge, peer: name, rate, ids, seed }: SamplingRun): Promise<SamplingOutcome> {
  const configuration = {
    DD_TRACE_SAMPLING_RULES: JSON.stringify([{ sample_rate: rate }]),
    // Go's tracer takes no negative number for no limit.
    DD_TRACE_RATE_LIMIT: '100000000',
  };
  const ours = samplingUnder(bridge, configuration);
  const all = [...idsAround(rate), ...randomIds(ids, seed)];
  const failures: string[] = [];
  let failed = 0;
  let kept = 0;
  const peer = await PEERS[name].start(configuration);
  try {
    for (let start = 0; start < all.length; start += BATCH) {
      const headerSets = all.slice(start, start + BATCH);
      for (const [offset, { child }] of (await peer.observe(headerSets)).entries()) {
        const headers = headerSets[offset] as Headers;
        const one = decisionIn(ours(headers), name);
        const other = decisionIn(child?.headers ?? {}, name);
        if (one.startsWith('priority 2')) kept += 1;
        if (one === other) continue;
        failed += 1;
        if (failures.length < KEPT_FAILURES) {
          failures.push(`${name} at ${rate}, ${JSON.stringify(headers)}: ours ${one}, theirs ${other}`);
        }
      }
    }
  } finally {
    await peer.close();
  }
  return { kept, dropped: all.length - kept, failed, failures };
}

function samplingUnder({ DatadogPropagator, DatadogSampler }: SamplingBridge, env: Configuration) {
  const propagator = new DatadogPropagator({ env });
  const tracer = new NodeTracerProvider({ sampler: new DatadogSampler({ env }) }).getTracer('differential');
  return (received: Headers): Headers => {
    const headers: Record<string, string> = {};
    const parent = propagator.extract(ROOT_CONTEXT, received, defaultTextMapGetter);
    propagator.inject(trace.setSpan(parent, tracer.startSpan('child', {}, parent)), headers, defaultTextMapSetter);
    return headers;
  };
}

/**
 * Priority and W3C's flag; of a kept trace the decision maker, which Python's tracer leaves on a dropped one; and the rate, which of the
 * three dd-trace-js alone sends with a trace that came undecided.
 */
function decisionIn(headers: Headers, peer: PeerName): string {
  const tags = new Map((headers['x-datadog-tags'] ?? '').split(',').map((tag) => tag.split('=') as [string, string]));
  const { 'x-datadog-sampling-priority': priority, traceparent = '' } = headers;
  const parts = [`priority ${priority}`, `flags ${traceparent.slice(-2)}`];
  if (traceparent.endsWith('1')) parts.push(`dm ${tags.get('_dd.p.dm')}`);
  if (peer === 'dd-trace-js') parts.push(`ksr ${tags.get('_dd.p.ksr')}`);
  return parts.join(', ');
}

function undecided(lowerHalf: bigint, upperHalf?: string): Headers {
  return {
    'x-datadog-trace-id': String(lowerHalf),
    'x-datadog-parent-id': '167372598629952624',
    ...(upperHalf && { 'x-datadog-tags': `_dd.p.tid=${upperHalf}` }),
  };
}

/** Every other one of 128 bits, of which the lower half alone counts. */
function randomIds(count: number, seed: number): Headers[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, index) =>
    undecided(BigInt(`0x${random.hex(16)}`) || 1n, index % 2 === 0 ? undefined : `6${random.hex(15)}`),
  );
}

/** Ids whose hash is the last that is kept at the rate, and those next to it. */
function idsAround(rate: number): Headers[] {
  const last = BigInt(Math.floor(rate * 2 ** 64));
  const inverse = inverseOf(FACTOR);
  return [-2n, -1n, 0n, 1n, 2n].flatMap((offset) => {
    const id = BigInt.asUintN(64, (last + offset) * inverse);
    return id === 0n ? [] : [undecided(id)];
  });
}

/** Modulo 2^64, by Newton's iteration, which doubles the bits that are right. */
function inverseOf(odd: bigint): bigint {
  let inverse = odd;
  for (let bits = 3; bits < 64; bits *= 2) inverse = BigInt.asUintN(64, inverse * (2n - odd * inverse));
  return inverse % MODULUS;
}
