// A service that takes orders and sends each to a topic. It has no line of tracing.
const { createServer } = require('node:http');
const { json } = require('node:stream/consumers');
const { Kafka } = require('kafkajs');

const { KAFKA_BROKERS = '127.0.0.1:9092', TOPIC: topic = 'orders', PORT = '3000' } = process.env;
const producer = new Kafka({ brokers: KAFKA_BROKERS.split(',') }).producer();

const server = createServer(async (request, response) => {
  try {
    const orders = [await json(request)].flat();
    await producer.send({ topic, messages: orders.map((order) => ({ value: JSON.stringify(order) })) });
    response.end('sent');
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
});
producer.connect().then(() => server.listen(Number(PORT), '127.0.0.1'));
