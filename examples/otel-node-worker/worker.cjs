// A worker that polls a queue and calls the next service for each message.
const { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');
const { withMessageContext } = require('otel-datadog-bridge');

const { QUEUE_URL: QueueUrl, SHIPPING_URL } = process.env;
const sqs = new SQSClient();

async function work() {
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 }),
    );
    for (const message of Messages) {
      await withMessageContext(message, () => fetch(SHIPPING_URL, { method: 'POST', body: message.Body }));
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    }
  }
}

work();
