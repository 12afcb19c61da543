// A worker that gets the events of a bus from a queue and writes each to a topic of Kafka.
const { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');
const { Kafka, logLevel } = require('kafkajs');
const { withMessageContext } = require('otel-datadog-bridge');

const { QUEUE_URL: QueueUrl, KAFKA_BROKER, KAFKA_TOPIC: topic } = process.env;
const sqs = new SQSClient();
const producer = new Kafka({ brokers: [KAFKA_BROKER], logLevel: logLevel.ERROR }).producer();

async function work() {
  await producer.connect();
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    for (const message of Messages) {
      const { order } = JSON.parse(message.Body).detail;
      const messages = [{ value: JSON.stringify({ order }) }];
      await withMessageContext(message, () => producer.send({ topic, messages }));
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    }
  }
}

work();
