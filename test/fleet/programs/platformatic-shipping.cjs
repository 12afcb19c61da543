// The worker of examples/kafka-otel with Platformatic's client and its instrumentation, which knows nothing of Datadog.
const { Consumer, stringDeserializers } = require('@platformatic/kafka');
const { KafkaInstrumentation, processWithTracing } = require('@platformatic/kafka-opentelemetry');

new KafkaInstrumentation();
const { KAFKA_BROKERS, TOPIC, GROUP: groupId, SHIPPING_URL } = process.env;
const bootstrapBrokers = [KAFKA_BROKERS];
const consumer = new Consumer({ groupId, clientId: groupId, bootstrapBrokers, deserializers: stringDeserializers });

async function work() {
  const stream = await consumer.consume({ topics: [TOPIC], mode: 'committed', fallbackMode: 'earliest' });
  for await (const message of stream)
    await processWithTracing(message, ({ value }) => fetch(SHIPPING_URL, { method: 'POST', body: value }));
}

work();
