import { EventEmitter, once } from 'node:events';
import { type Consumer, type IHeaders, Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import type { HeaderRecord } from './http-senders.ts';

const TOPIC = 'hostile';
const RECEIVE_MILLIS = 30_000;

/** Sends messages and reads them again, by kafkajs both ways. */
export class KafkaRoundTrip implements AsyncDisposable {
  readonly #producer: Producer;
  readonly #consumer: Consumer;
  readonly #arrivals = new EventEmitter();
  readonly #received: IHeaders[] = [];

  private constructor(kafka: Kafka) {
    this.#producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    this.#consumer = kafka.consumer({ groupId: TOPIC, maxWaitTimeInMs: 100 });
  }

  static async over(broker: string): Promise<KafkaRoundTrip> {
    const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }], waitForLeaders: true });
    await admin.disconnect();
    const roundTrip = new KafkaRoundTrip(kafka);
    await roundTrip.#start();
    return roundTrip;
  }

  /** What a consumer gets as the headers of messages with these ones, in the same order. One call at a time. */
  async send(sent: readonly HeaderRecord[]): Promise<IHeaders[]> {
    await this.#producer.send({ topic: TOPIC, messages: sent.map((headers) => ({ value: 'x', headers })) });
    const signal = AbortSignal.timeout(RECEIVE_MILLIS);
    while (this.#received.length < sent.length) {
      await once(this.#arrivals, 'batch', { signal }).catch(() => {
        throw new Error(`Kafka: ${this.#received.length} of ${sent.length} messages came back`);
      });
    }
    return this.#received.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#producer.disconnect();
    await this.#consumer.disconnect();
  }

  async #start(): Promise<void> {
    await this.#producer.connect();
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topic: TOPIC, fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        for (const { headers = {} } of batch.messages) this.#received.push(headers);
        this.#arrivals.emit('batch');
      },
    });
  }
}
