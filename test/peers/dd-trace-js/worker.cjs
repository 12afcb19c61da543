// Receives one message of SQS, or one record of Kinesis, each time that it is asked to, under dd-trace, and says what that understood:
// `node --require dd-trace/init worker.cjs`. The context of a message is active in the callback form alone.
const { GetRecordsCommand, KinesisClient } = require('@aws-sdk/client-kinesis');
const { ReceiveMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');
const { remoteParent } = require('./remote-parent.cjs');

function received(error, messages) {
  if (error || messages?.length !== 1) process.send({ error: String(error ?? 'no message came') });
  else process.send(remoteParent());
}

function receive({ endpoint, queueUrl }) {
  const configuration = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
  };
  const sqs = new SQSClient(configuration);
  if (queueUrl !== undefined) {
    const input = { QueueUrl: queueUrl, MaxNumberOfMessages: 1, WaitTimeSeconds: 1 };
    sqs.send(new ReceiveMessageCommand(input), (error, output) => received(error, output?.Messages));
    return;
  }
  // Its own handler speaks HTTP/2 alone.
  const kinesis = new KinesisClient({ ...configuration, requestHandler: sqs.config.requestHandler });
  const input = { ShardIterator: 'iterator', StreamARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/stream' };
  kinesis.send(new GetRecordsCommand(input), (error, output) => received(error, output?.Records));
}

process.on('disconnect', () => process.exit());
process.on('message', receive);
process.send({});
