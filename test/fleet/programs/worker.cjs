// A worker as it is before it knows of the bridge, or (WITH_PLUGIN) with the plugin alone. In the callback dd-trace has the message's context.
const { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');

const { QUEUE_URL: QueueUrl, SHIPPING_URL } = process.env;
const sqs = new SQSClient();
if (process.env.WITH_PLUGIN) sqs.middlewareStack.use(require('otel-datadog-bridge').awsSdkPlugin());

function handleNext() {
  return new Promise((resolve, reject) => {
    sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }), async (error, output) => {
      if (error) return reject(error);
      for (const { Body, ReceiptHandle } of output.Messages ?? []) {
        await fetch(SHIPPING_URL, { method: 'POST', body: Body });
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
      resolve();
    });
  });
}

async function work() {
  // Here, and not in the callback, or the next message would be in the trace of this one.
  for (;;) await handleNext();
}

work();
