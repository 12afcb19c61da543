import { createRequire } from 'node:module';
import { trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { DatadogSampler, type SamplingRule } from '../../src/index.ts';
import { RateLimit } from '../../src/tracing/sampling-rate-limit.ts';
import { Random } from '../differential/random.ts';
import { RuledTracer, type SpanToSample } from '../peers/dd-trace-js/rules.ts';
import { received, sent, tracedProcess } from '../unit/sampling/traced.ts';

const SERVICE = 'Shop-Front';
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 1);
const RULE_SETS = 300;
const SPANS = 20;

describe('rules decide as in dd-trace-js', () => {
  let theirs: RuledTracer;
  beforeAll(async () => {
    theirs = await RuledTracer.start(SERVICE);
  });
  afterAll(() => theirs.close());

  test(`${RULE_SETS} sets of rules, ${SPANS} spans each`, async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const rates = new Map<string, number>();
    for (let set = 0; set < RULE_SETS; set += 1) {
      const random = new Random(SEED, set);
      const rules = Array.from({ length: random.between(1, 4) }, () => randomRule(random));
      const spans = Array.from({ length: SPANS }, () => randomSpan(random));
      const ours = new DatadogSampler({ rules, rateLimit: -1, service: SERVICE, env: {} });
      for (const [index, decision] of (await theirs.decide(rules, spans)).entries()) {
        const span = spans[index] as SpanToSample;
        const mine = decisionOf(ours, span);
        expect({ rules, span, decision: mine }).toEqual({ rules, span, decision: comparable(decision) });
        const which = `${mine.priority} ${rules.length}`;
        rates.set(which, (rates.get(which) ?? 0) + 1);
      }
    }
    // All kinds of decisions, after few rules and after many.
    expect(new Set([...rates.keys()].map((key) => key.split(' ')[0]))).toEqual(new Set(['2', '1', '-1']));
    expect(Math.min(...rates.values())).toBeGreaterThan(20);
  });
});

function decisionOf(sampler: DatadogSampler, { headers, name, service, tags }: SpanToSample) {
  const { tracer } = tracedProcess(sampler);
  const parent = received({ ...headers });
  const span = tracer.startSpan(
    'unnamed',
    { attributes: { 'operation.name': name, ...(service && { 'service.name': service }), ...tags } },
    parent,
  );
  const out = sent(trace.setSpan(parent, span));
  return comparable({ priority: out['x-datadog-sampling-priority'] ?? '', tags: out['x-datadog-tags'] });
}

function comparable({ priority, tags }: { priority: string; tags: string | undefined }) {
  return { priority, tags: (tags ?? '').split(',').sort() };
}

const WORDS = ['shop', 'Shop-Front', 'web.request', 'http.request', 'GET /', 'GET /users/7', 'gold', '7', '42', 'é'];

function randomPattern(random: Random): string {
  if (random.chance(10)) return random.pick(['*', '**', '***', '?', '*?*']);
  const word = random.pick(WORDS);
  const at = random.below(word.length + 1);
  const glob = word.slice(0, at) + random.pick(['*', '?', '', '', '*?', 'x']) + word.slice(at + random.below(3));
  // An empty pattern matches what is no text, by accident.
  return (random.chance(30) ? glob.toUpperCase() : glob) || '?';
}

function randomRule(random: Random): SamplingRule {
  const pattern = (percent: number) => (random.chance(percent) ? randomPattern(random) : undefined);
  const tags: Record<string, string> = {};
  for (const tag of ['user.tier', 'n']) if (random.chance(15)) tags[tag] = randomPattern(random);
  const rule: Record<string, unknown> = {
    service: pattern(25),
    name: pattern(35),
    resource: pattern(35),
    sampleRate: random.pick([0, 0.1, 0.5, 0.9, 1]),
    ...(Object.keys(tags).length > 0 && { tags }),
  };
  for (const key of Object.keys(rule)) if (rule[key] === undefined) delete rule[key];
  return rule as unknown as SamplingRule;
}

function randomSpan(random: Random): SpanToSample {
  const tags: Record<string, string | number | boolean> = { 'resource.name': random.pick(WORDS) };
  if (random.chance(50)) tags['user.tier'] = random.pick(['gold', 'Gold', 'silver', true]);
  if (random.chance(50)) tags.n = random.pick([0, 7, 42, 2.5, -1]);
  return {
    headers: {
      'x-datadog-trace-id': String(BigInt(`0x${random.hex(16)}`) || 1n),
      'x-datadog-parent-id': '167372598629952624',
    },
    name: random.pick(WORDS),
    service: random.chance(30) ? random.pick(WORDS) : undefined,
    tags,
  };
}

describe('the rate limit lets through what that of dd-trace-js does', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  interface TheirLimit {
    isAllowed(): boolean;
    effectiveRate(): number;
  }

  test.each([-1, 0, 0.9, 1, 2.5, 3, 10, 100])('at %d a second', (limit) => {
    // Theirs reads two clocks.
    vi.useFakeTimers({ toFake: ['Date', 'hrtime', 'performance'], now: 0 });
    const require = createRequire(import.meta.url);
    const Theirs = require('dd-trace/packages/dd-trace/src/rate_limiter') as new (limit: number) => TheirLimit;
    for (let run = 0; run < 20; run += 1) {
      const random = new Random(SEED, run, limit * 10);
      vi.setSystemTime(0);
      const theirs = new Theirs(limit);
      const ours = new RateLimit(limit);
      for (let request = 0; request < 500; request += 1) {
        vi.advanceTimersByTime(random.pick([0, 0, 0, 1, 7, 100, 999, 1000, 1001]));
        const allowed = ours.isAllowed();
        expect({ request, allowed, rate: ours.effectiveRate() }).toEqual({
          request,
          allowed: theirs.isAllowed(),
          rate: theirs.effectiveRate(),
        });
      }
    }
  });
});
