// Receives one message from each queue that it is asked about, under dd-trace, and says what that understood:
// `node --require dd-trace/init sqs-worker.cjs <endpoint>`. The context of a message is active in the callback form alone.
const { ReceiveMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');
const { remoteParent } = require('./remote-parent.cjs');

const sqs = new SQSClient({
  endpoint: process.argv[2],
  region: 'us-east-1',
  credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
});

process.on('disconnect', () => process.exit());
process.on('message', ({ queueUrl }) => {
  const input = { QueueUrl: queueUrl, MaxNumberOfMessages: 1, WaitTimeSeconds: 1 };
  sqs.send(new ReceiveMessageCommand(input), (error, output) => {
    if (error || output.Messages?.length !== 1) process.send({ error: String(error ?? 'no message came') });
    else process.send({ body: output.Messages[0].Body, parent: remoteParent() });
  });
});
process.send({});
