const { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');

const QueueUrl = process.env.SHIPMENTS_QUEUE_URL;
const sqs = new SQSClient();

/** Has the message's goods packed, and deletes it. */
async function ship(message) {
  const response = await fetch(`${process.env.WAREHOUSE_URL}/pack`, { method: 'POST', body: message.Body });
  if (!response.ok) throw new Error(`the warehouse answered ${response.status}`);
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
}

/** Polls for shipments for ever, and gives each to `handle`. */
async function work(handle) {
  console.log('shipping polls for shipments');
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 }),
    );
    for (const message of Messages) await handle(message);
  }
}

module.exports = { ship, work };
