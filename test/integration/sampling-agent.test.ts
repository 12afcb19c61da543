import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { beforeAll, expect, test } from 'vitest';
import { DatadogSampler, type DatadogSamplerOptions } from '../../src/index.ts';
import { accountOfAgent, builtAgent, missingToolchain } from '../peers/datadog-agent/datadog-agent.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { fromDatadog, received, tracedProcess } from '../unit/sampling/traced.ts';

const REQUESTS = 40;

describeWithToolchain("the Agent's own code", missingToolchain(), () => {
  beforeAll(async () => {
    await builtAgent();
  });

  /** As many requests as that, each with a priority that came in or none. */
  async function account(options: DatadogSamplerOptions, exportUnsampled: boolean, priority?: number) {
    const { tracer, exported } = tracedProcess(new DatadogSampler({ ...options, env: {} }), { exportUnsampled });
    for (let request = 0; request < REQUESTS; request += 1) {
      tracer.startSpan('request', {}, received(fromDatadogWithId(request, priority))).end();
    }
    const spans = await exported();
    const { hits, kept } = await accountOfAgent(JsonTraceSerializer.serializeRequest(spans) ?? new Uint8Array());
    return { exported: spans.length, counted: hits.request ?? 0, kept: kept.length };
  }

  test('counts and keeps what is exported', async () => {
    expect(await account({}, false)).toEqual({ exported: REQUESTS, counted: REQUESTS, kept: REQUESTS });
  });

  test('does not know of what is not', async () => {
    const { exported, counted, kept } = await account({ sampleRate: 0.5, rateLimit: -1 }, false);
    expect(exported).toBeLessThan(REQUESTS);
    expect({ counted, kept }).toEqual({ counted: exported, kept: exported });
  });

  test('counts the dropped too with exportUnsampled, and keeps the kept alone', async () => {
    const { exported, counted, kept } = await account({ sampleRate: 0.5, rateLimit: -1 }, true);
    expect({ exported, counted }).toEqual({ exported: REQUESTS, counted: REQUESTS });
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(REQUESTS);
  });

  test.each([
    [2, REQUESTS],
    [1, REQUESTS],
    [0, 0],
    [-1, 0],
  ])('priority %i, which came in: keeps %i', async (priority, kept) => {
    expect(await account({}, true, priority)).toEqual({ exported: REQUESTS, counted: REQUESTS, kept });
  });
});

function fromDatadogWithId(request: number, priority: number | undefined): Record<string, string> {
  return { ...fromDatadog(priority), 'x-datadog-trace-id': String(request * 1_000_003 + 1) };
}
