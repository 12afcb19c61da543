// The service of examples/kafka-otel with Platformatic's client and its instrumentation, which knows nothing of Datadog.
const { createServer } = require('node:http');
const { json } = require('node:stream/consumers');
const { Producer, stringSerializers } = require('@platformatic/kafka');
const { KafkaInstrumentation } = require('@platformatic/kafka-opentelemetry');

new KafkaInstrumentation();
const { KAFKA_BROKERS, TOPIC: topic, PORT } = process.env;
const producer = new Producer({
  clientId: 'orders',
  bootstrapBrokers: [KAFKA_BROKERS],
  serializers: stringSerializers,
});

createServer(async (request, response) => {
  try {
    const orders = [await json(request)].flat();
    await producer.send({ messages: orders.map((order) => ({ topic, value: JSON.stringify(order) })) });
    response.end('sent');
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}).listen(Number(PORT), '127.0.0.1');
