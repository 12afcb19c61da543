// sqs-consumer with the bridge's adapter, or (WITHOUT_BRIDGE) as it is.
const { Consumer } = require('sqs-consumer');
const { traced } = process.env.WITHOUT_BRIDGE
  ? { traced: (options) => options }
  : require('otel-datadog-bridge/sqs-consumer');

const { QUEUE_URL: queueUrl, SHIPPING_URL } = process.env;
const handleMessage = async (message) => {
  await fetch(SHIPPING_URL, { method: 'POST', body: message.Body });
  // What it returns it deletes.
  return message;
};
Consumer.create(traced({ queueUrl, handleMessage, batchSize: 10 })).start();
