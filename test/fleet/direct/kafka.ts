import { Kafka, logLevel } from 'kafkajs';
import { startKafka } from '../../peers/kafka/kafka.ts';
import { Arrivals } from './arrivals.ts';
import { KAFKA_EXCUSED } from './excused.ts';
import { KAFKA_CONSUMERS, KAFKA_PRODUCERS } from './kafka-peers.ts';
import type { StartedTransport, Transport } from './transport.ts';

const TOPIC = 'orders';

/** One topic, which every consumer reads, each in a group of its own, and so does the fleet. */
export const KAFKA: Transport = {
  name: 'Kafka',
  routes: [
    { name: 'Kafka', way: 'single' },
    { name: 'Kafka, ten at once', way: 'batch' },
  ],
  producers: KAFKA_PRODUCERS,
  consumers: KAFKA_CONSUMERS,
  excused: KAFKA_EXCUSED,
  start,
};

async function start(): Promise<StartedTransport> {
  const { broker, close } = await startKafka();
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 20 } });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: TOPIC, numPartitions: 1 }] });
  await admin.disconnect();
  const arrivals = new Arrivals();
  const consumer = kafka.consumer({ groupId: 'fleet' });
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message: { headers = {}, value } }) => {
      const texts = Object.entries(headers).map(([name, bytes]) => [name, String(bytes)]);
      arrivals.add({ headers: Object.fromEntries(texts), body: String(value) });
    },
  });
  const env = { KAFKA_BROKERS: broker, TOPIC };
  return {
    producerEnv: env,
    consumerEnv: (key) => ({ ...env, GROUP: key }),
    message: (item) => arrivals.message(item),
    close: async () => {
      await consumer.disconnect();
      await close();
    },
  };
}
