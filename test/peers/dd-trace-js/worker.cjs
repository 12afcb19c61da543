// Sends, or receives one message of SQS or one record of Kinesis, each time that it is asked to, under dd-trace, and says what that
// understood: `node --require dd-trace/init worker.cjs`. The context of a message is active in the callback form alone.
const { EventBridgeClient, PutEventsCommand } = require('@aws-sdk/client-eventbridge');
const { GetRecordsCommand, KinesisClient } = require('@aws-sdk/client-kinesis');
const { PublishCommand, SNSClient } = require('@aws-sdk/client-sns');
const {
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} = require('@aws-sdk/client-sqs');
const tracer = require('dd-trace');
const { remoteParent } = require('./remote-parent.cjs');

const { PLUGIN_OPTIONS, DD_TRACE_OTEL_ENABLED } = process.env;
if (DD_TRACE_OTEL_ENABLED === 'true') new tracer.TracerProvider().register();

function plugged(client) {
  if (PLUGIN_OPTIONS !== undefined) {
    const { awsSdkPlugin } = require('../../../dist/index.js');
    client.middlewareStack.use(awsSdkPlugin(JSON.parse(PLUGIN_OPTIONS)));
  }
  return client;
}

function received(error, messages) {
  if (error || messages?.length !== 1) process.send({ error: String(error ?? 'no message came') });
  else process.send({ parent: tracer.scope().active() ? remoteParent() : null, message: messages[0] });
}

function answer({ endpoint, queueUrl, attributeNames, send }) {
  const configuration = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
  };
  const sqs = plugged(new SQSClient(configuration));
  const { requestHandler } = sqs.config;
  if (send !== undefined) {
    const [operation, input] = send;
    const sends = {
      SendMessage: () => sqs.send(new SendMessageCommand(input)),
      SendMessageBatch: () => sqs.send(new SendMessageBatchCommand(input)),
      Publish: () => plugged(new SNSClient(configuration)).send(new PublishCommand(input)),
      PutEvents: () => plugged(new EventBridgeClient(configuration)).send(new PutEventsCommand(input)),
    };
    tracer
      .trace('work', async (span) => {
        await sends[operation]();
        return span.context().toTraceId(true);
      })
      .then(
        (traceId) => process.send({ traceId }),
        (error) => process.send({ error: String(error) }),
      );
    return;
  }
  if (queueUrl !== undefined) {
    const input = {
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 1,
      WaitTimeSeconds: 1,
      ...(attributeNames && { MessageAttributeNames: attributeNames }),
    };
    sqs.send(new ReceiveMessageCommand(input), (error, output) => received(error, output?.Messages));
    return;
  }
  // Its own handler speaks HTTP/2 alone.
  const kinesis = plugged(new KinesisClient({ ...configuration, requestHandler }));
  const input = { ShardIterator: 'iterator', StreamARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/stream' };
  kinesis.send(new GetRecordsCommand(input), (error, output) => received(error, output?.Records));
}

process.on('disconnect', () => process.exit());
process.on('message', answer);
process.send({});
