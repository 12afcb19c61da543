import { createRequire } from 'node:module';
import type * as EventBridge from '@aws-sdk/client-eventbridge';
import type * as Kinesis from '@aws-sdk/client-kinesis';
import type * as Lambda from '@aws-sdk/client-lambda';
import type * as Sfn from '@aws-sdk/client-sfn';
import type * as Sns from '@aws-sdk/client-sns';
import type * as Sqs from '@aws-sdk/client-sqs';
import type { AwsSdkPlugin } from '../../../src/index.ts';
import type { Random } from '../../differential/random.ts';
import type { Credentials } from '../../peers/aws-api/signature.ts';
import { ownAttributes } from '../fixtures/messages.mjs';

// Not by `import`, or no instrumentation that the process starts with would see them.
const require = createRequire(import.meta.url);

/** Sends one message, or a batch, whose texts all name the number. */
export type Sender = (number: number) => Promise<unknown>;

/** More than there are ever errors in a row. */
const MAX_ATTEMPTS = 20;

/** As the SDK's own, without its pauses and its budget of attempts: those are about load, of which there is none here. */
const retryAtOnce = {
  mode: 'standard',
  acquireInitialRetryToken: async () => token(0),
  refreshRetryTokenForRetry: async ({ getRetryCount }: RetryToken, { errorType }: { errorType: string }) => {
    if (errorType === 'CLIENT_ERROR' || getRetryCount() >= MAX_ATTEMPTS) throw new Error('not tried again');
    return token(getRetryCount() + 1);
  },
  recordSuccess() {},
};
interface RetryToken {
  getRetryCount(): number;
  getRetryDelay(): number;
}
function token(count: number): RetryToken {
  return { getRetryCount: () => count, getRetryDelay: () => 0 };
}

/** Real clients of all services, with the plugin where one is given. What each send is comes from `random`; half are SendMessage. */
export function awsSender(endpoint: string, credentials: Credentials, random: Random, plugin?: AwsSdkPlugin): Sender {
  const { SQSClient, SendMessageCommand, SendMessageBatchCommand }: typeof Sqs = require('@aws-sdk/client-sqs');
  const { SNSClient, PublishCommand, PublishBatchCommand }: typeof Sns = require('@aws-sdk/client-sns');
  const { KinesisClient, PutRecordCommand, PutRecordsCommand }: typeof Kinesis = require('@aws-sdk/client-kinesis');
  const { EventBridgeClient, PutEventsCommand }: typeof EventBridge = require('@aws-sdk/client-eventbridge');
  const { LambdaClient, InvokeCommand }: typeof Lambda = require('@aws-sdk/client-lambda');
  const { SFNClient, StartExecutionCommand }: typeof Sfn = require('@aws-sdk/client-sfn');

  const configuration = { endpoint, region: 'us-east-1', credentials, retryStrategy: retryAtOnce };
  const sqs = new SQSClient(configuration);
  const sns = new SNSClient(configuration);
  // Its own handler speaks HTTP/2 alone.
  const kinesis = new KinesisClient({ ...configuration, requestHandler: sqs.config.requestHandler });
  const eventBridge = new EventBridgeClient(configuration);
  const lambda = new LambdaClient(configuration);
  const sfn = new SFNClient(configuration);
  if (plugin) for (const client of [sqs, sns, kinesis, eventBridge, lambda, sfn]) client.middlewareStack.use(plugin);

  const QueueUrl = `${endpoint}/000000000000/queue`;
  const TopicArn = 'arn:aws:sns:us-east-1:000000000000:topic';
  const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:machine';
  const text = (number: number) => `{"text": "send-${number} ${random.text(random.below(40), 'aä€😀&<+=% ')}"}`;
  const entries = <Entry>(make: (Id: string) => Entry) =>
    Array.from({ length: random.between(1, 10) }, (_, index) => make(`${index}`));
  const MessageAttributes = () => ownAttributes(random.below(10));
  const record = (number: number) => ({ PartitionKey: 'key', Data: Buffer.from(text(number)) });
  const event = (number: number) => ({ Source: 'shop', DetailType: 'order', Detail: text(number) });

  const senders: Sender[] = [
    (n) =>
      sqs.send(
        new SendMessageBatchCommand({
          QueueUrl,
          Entries: entries((Id) => ({ Id, MessageBody: text(n), MessageAttributes: MessageAttributes() })),
        }),
      ),
    (n) => sns.send(new PublishCommand({ TopicArn, Message: text(n), MessageAttributes: MessageAttributes() })),
    (n) =>
      sns.send(
        new PublishBatchCommand({
          TopicArn,
          PublishBatchRequestEntries: entries((Id) => ({ Id, Message: text(n) })),
        }),
      ),
    (n) => kinesis.send(new PutRecordCommand({ StreamName: 'stream', ...record(n) })),
    (n) => kinesis.send(new PutRecordsCommand({ StreamName: 'stream', Records: entries(() => record(n)) })),
    (n) => eventBridge.send(new PutEventsCommand({ Entries: entries(() => event(n)) })),
    (n) => lambda.send(new InvokeCommand({ FunctionName: 'function', Payload: text(n) })),
    (n) => sfn.send(new StartExecutionCommand({ stateMachineArn, input: text(n) })),
  ];
  const sendMessage: Sender = (n) =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: text(n), MessageAttributes: MessageAttributes() }));
  return (number) => (random.chance(50) ? sendMessage : random.pick(senders))(number);
}
