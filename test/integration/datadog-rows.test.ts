// What Datadog's intake gets of each kind of hop, from our spans and from dd-trace's.
import { beforeAll, describe, expect, test } from 'vitest';
import { builtCollector } from '../peers/collector/build.ts';
import { BUILD_MILLIS, missingToolchain } from '../peers/collector/collector.ts';
import { describeWithDatadogBuild } from '../peers/collector/datadog-build.ts';
import { builtAgent } from '../peers/datadog-agent/datadog-agent.ts';
import { installedRuntimes, missingForLambdaRuntime } from '../peers/lambda-runtime/lambda-runtime.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { type Kind, sentOfChain } from './datadog-rows/chain.ts';
import { DIFFERENCES, differencesBetween } from './datadog-rows/differences.ts';
import { readGolden, readmeOf, readReadme } from './datadog-rows/golden.ts';
import { throughAgent, throughCollectorAndAgent, throughDatadogCollector } from './datadog-rows/routes.ts';
import { rowsOf } from './datadog-rows/rows.ts';
import { type Sent, sentOfHops } from './datadog-rows/sides.ts';

const golden = readGolden();

/** A service with our package, one without, and one under dd-trace, called in this order. */
const CHAINS = (
  [
    ['ours', 'plain', 'datadog'],
    ['datadog', 'plain', 'ours'],
    ['plain', 'datadog', 'ours'],
  ] satisfies Kind[][]
).map((kinds) => ({ kinds, names: kinds.join(', ') }));

describe('the golden rows', () => {
  const found = differencesBetween(golden.ours, golden.theirs);

  test('differ in nothing that has no name, and each name is in use', () => {
    expect(found.filter(({ names }) => names.length !== 1)).toEqual([]);
    expect([...new Set(found.flatMap(({ names }) => names))].sort()).toEqual(
      DIFFERENCES.map(({ name }) => name).sort(),
    );
  });

  test('name a queue alike on both sides, and not by its URL', () => {
    const queues = Object.entries(golden.ours).filter(([key]) => /^(?:SQS (?!List)|Kafka)/.test(key));
    const names = queues.map(([key, { destination }]) => [
      key,
      destination.queuename ?? destination['messaging.destination.name'],
    ]);
    expect(names.length).toBeGreaterThan(8);
    expect(new Set(names.map(([, name]) => name))).toEqual(new Set(['orders']));
    const topics = Object.entries(golden.ours).filter(([key]) => key.startsWith('SNS'));
    expect(topics.map(([, { destination }]) => destination.topicname)).toEqual(topics.map(() => 'orders'));
  });

  test('are of one trace each, under its 128-bit id, with the priority and the origin that came in', () => {
    for (const [key, { traceId, priority, origin }] of Object.entries(golden.ours)) {
      expect({ key, traceId, priority, origin }).toEqual({
        key,
        traceId: expect.stringMatching(/^6b0305aa00000000[\da-f]{16}$/),
        priority: 2,
        origin: 'synthetics',
      });
    }
  });

  test('stand in the readme', () => {
    expect(readmeOf(golden)).toBe(readReadme());
  });
});

const missing = missingToolchain() ?? missingForLambdaRuntime();
describeWithToolchain('what Datadog makes of a hop', missing, () => {
  let sent: Sent;
  beforeAll(async () => {
    await Promise.all([builtAgent(), builtCollector('slim'), installedRuntimes()]);
    sent = await sentOfHops();
  }, BUILD_MILLIS);

  test("of dd-trace's spans is the golden row", async () => {
    expect(rowsOf(await throughAgent(sent.theirs))).toEqual(golden.theirs);
  });

  test('of ours is the golden row, by the slim Collector and the Agent', async () => {
    expect(rowsOf(await throughCollectorAndAgent(sent.ours))).toEqual(golden.ours);
  });

  test.each(CHAINS)('$names are one trace, by the slim Collector and the Agent', async ({ kinds }) => {
    await expectOneTrace(kinds, throughCollectorAndAgent);
  });

  describeWithDatadogBuild('what Datadog makes of a hop by the Collector alone', () => {
    test('of ours is the golden row', async () => {
      expect(rowsOf(await throughDatadogCollector(sent.ours))).toEqual(golden.ours);
    });

    test.each(CHAINS)('$names are one trace', async ({ kinds }) => {
      await expectOneTrace(kinds, throughDatadogCollector);
    });
  });
});

/** What one request makes in them is whole, under one 128-bit id, with one decision. */
async function expectOneTrace(kinds: readonly Kind[], route: typeof throughAgent): Promise<void> {
  const sent = await sentOfChain(kinds);
  const ofFormat = (format: string) => sent.filter((request) => request.format === format);
  const spans = [...(await route(ofFormat('otlp'))), ...(await throughAgent(ofFormat('v0.4')))];
  const [root] = spans.filter(({ parentId }) => parentId === undefined);
  expect(root?.traceId).toMatch(/^(?!0{16})[\da-f]{32}$/);
  expect(spans.map(({ traceId, priority }) => ({ traceId, priority }))).toEqual(
    spans.map(() => ({ traceId: root?.traceId, priority: 1 })),
  );
  const way: string[] = [];
  for (
    let span = root;
    span !== undefined;
    span = spans.find(({ parentId }) => parentId === way.at(-1)?.split(' ')[0])
  ) {
    way.push(`${span.spanId} ${span.service} ${span.meta['span.kind']}`);
  }
  const expected = kinds.flatMap((kind) => [`${kind} server`, `${kind} client`]).slice(0, -1);
  expect(way.map((step) => step.slice('0123456789abcdef '.length))).toEqual(expected);
  expect(spans).toHaveLength(expected.length);
}
