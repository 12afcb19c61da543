// A worker that calls the next service for each message of a topic. It has no line of tracing.
const { Kafka } = require('kafkajs');

const { KAFKA_BROKERS = '127.0.0.1:9092', TOPIC: topic = 'orders', GROUP = 'shipping', SHIPPING_URL } = process.env;
const consumer = new Kafka({ brokers: KAFKA_BROKERS.split(',') }).consumer({ groupId: GROUP });

async function work() {
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      await fetch(SHIPPING_URL, { method: 'POST', body: message.value });
    },
  });
}

work();
