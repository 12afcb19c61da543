import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ElasticMq, startElasticMq } from '../peers/elasticmq/elasticmq.ts';
import { missingToolchain } from '../peers/jvm.ts';
import { type Kafka, startKafka } from '../peers/kafka/kafka.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { KafkaRoundTrip } from './hostile/kafka-round-trip.ts';
import { runHostile } from './hostile/run.ts';
import { SqsSender } from './hostile/sqs-sender.ts';
import { runNode } from './run-node.ts';

const MEMORY = fileURLToPath(new URL('./hostile/memory.ts', import.meta.url));
const HOPS = fileURLToPath(new URL('./hostile/hops.ts', import.meta.url));

const MEBIBYTE = 1024 * 1024;
const QUIET = {
  DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
  DD_REMOTE_CONFIGURATION_ENABLED: 'false',
  DD_CRASHTRACKING_ENABLED: 'false',
};

test('contexts with bad text in every field go out over HTTP, and nothing throws', async () => {
  const contexts = 20_000;
  const outcome = await runHostile({ contexts, httpEvery: 5, fetchEvery: 5 });
  expect([...outcome.failures]).toEqual([]);
  expect(outcome).toMatchObject({ contexts, sentByHttp: contexts / 5, sentByFetch: contexts / 5 });
  expect(outcome.withTrace).toBeGreaterThan(contexts / 3);
});

describeWithToolchain('contexts with bad text in every field', missingToolchain(), () => {
  const contexts = 20_000;
  const quietly = { contexts, httpEvery: contexts, fetchEvery: contexts };
  let elasticMq: ElasticMq;
  let kafka: Kafka;
  beforeAll(async () => {
    [elasticMq, kafka] = await Promise.all([startElasticMq(), startKafka()]);
  });
  afterAll(() => Promise.all([elasticMq?.close(), kafka?.close()]));

  test('go out over SQS', async () => {
    using sqs = await SqsSender.to(elasticMq.endpoint);
    const outcome = await runHostile({ ...quietly, sqsEvery: 40 }, { sqs });
    expect([...outcome.failures]).toEqual([]);
    expect(outcome.sentToSqs).toBe(500);
  });

  test('go out over Kafka, and come back as they were', async () => {
    await using roundTrip = await KafkaRoundTrip.over(kafka.broker);
    const outcome = await runHostile({ ...quietly, kafkaEvery: 1 }, { kafka: roundTrip });
    expect([...outcome.failures]).toEqual([]);
    expect(outcome).toMatchObject({ sentToKafka: contexts, readFromKafka: contexts });
  });
});

describe('what comes in', () => {
  test('leaves the heap where it was, 10,000 times 1 MiB of it', async () => {
    const run = runNode(['--expose-gc', MEMORY]);
    expect(await run.end, run.stderr).toBe(0);
    const { grown, keptByContext } = JSON.parse(run.stdout);
    expect(grown).toBeLessThan(MEBIBYTE);
    // What a context keeps while its span lives is what was read, not the text in which it stood.
    expect(keptByContext).toBeLessThan(64 * 1024);
  });

  test('is no longer after 10,000 hops, ours and dd-trace in turn', async () => {
    const run = runNode([HOPS, '--hops=10000'], { env: QUIET });
    expect(await run.end, run.stderr).toBe(0);
    const { lengths, textMap } = JSON.parse(run.stdout) as { lengths: number[]; textMap: Record<string, string> };
    expect(lengths).toHaveLength(10_000);
    expect([...new Set(lengths.slice(2))]).toEqual([lengths[2]]);
    expect(textMap).toMatchObject({
      'x-datadog-trace-id': '549189452716916284',
      'x-datadog-sampling-priority': '2',
      'x-datadog-origin': 'synthetics~;=web',
    });
    expect(textMap.traceparent).toMatch(/^00-6b0305aa00000000079f1ce5c3953e3c-/);
    expect(textMap.tracestate).toContain('vendor=value,other@v=w');
    expect(textMap.baggage).toBe('user.id=42,session.id=a%20b,plain=text');
  });
});
