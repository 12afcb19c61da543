import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { missingToolchain } from '../peers/jvm.ts';
import { type Kafka as Broker, startKafka } from '../peers/kafka/kafka.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { REGISTER, runNode } from './run-node.ts';

describeWithToolchain('kafkajs under the preload', missingToolchain(), () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startKafka();
  });
  afterAll(() => broker?.close());

  async function newTopic(topic: string): Promise<string> {
    const admin = new Kafka({ brokers: [broker.broker], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1 }] });
    await admin.disconnect();
    return topic;
  }

  test('every message carries a context, in each way of sending, and the frozen ones of the application stay as they were', async () => {
    const topic = await newTopic('frozen');
    const fixture = `${import.meta.dirname}/fixtures/kafka.cjs`;
    const application = runNode(['--require', REGISTER, fixture, broker.broker, topic], {
      env: { OTEL_TRACES_EXPORTER: 'none', KAFKAJS_NO_PARTITIONER_WARNING: '1' },
    });
    expect(await application.end, application.stderr).toBe(0);
    const { received, refusal, sent } = JSON.parse(application.stdout);
    expect(Object.keys(received).sort()).toEqual(
      ['send', 'batch', 'transaction'].flatMap((way) => [`${way} 1`, `${way} 2`]).sort(),
    );
    for (const headers of Object.values<Record<string, string>>(received)) {
      expect(headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect(headers['x-datadog-trace-id']).toMatch(/^\d+$/);
    }
    expect(received['send 1'].own).toBe('kept');
    expect(sent).toEqual([{ own: 'kept' }, null, null, null, { own: 'kept' }, null]);
    expect(refusal).toBe('KafkaJSNonRetriableError');
  });
});
