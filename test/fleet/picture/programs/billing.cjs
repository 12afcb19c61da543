// A consumer of Kafka that sends each message on to the queue of a function. It has no line of tracing.
const { SendMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');
const { Kafka, logLevel } = require('kafkajs');

const { QUEUE_URL: QueueUrl, KAFKA_BROKER, KAFKA_TOPIC: topic } = process.env;
const sqs = new SQSClient();
const consumer = new Kafka({ brokers: [KAFKA_BROKER], logLevel: logLevel.ERROR }).consumer({ groupId: 'billing' });

async function work() {
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: String(message.value) })),
  });
}

work();
