// A worker as it is before it knows of the bridge. In the callback dd-trace has the message's context.
const { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');

const { QUEUE_URL: QueueUrl, SHIPPING_URL } = process.env;
const sqs = new SQSClient();

function receive() {
  sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }), async (error, output) => {
    if (error) throw error;
    for (const { Body, ReceiptHandle } of output.Messages ?? []) {
      await fetch(SHIPPING_URL, { method: 'POST', body: Body });
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    setImmediate(receive);
  });
}

receive();
