import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { KinesisClient, PutRecordCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { InvokeCommand, InvokeWithResponseStreamCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient, StartExecutionCommand, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import { PublishBatchCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { AwsSdkPlugin } from '../../../src/index.ts';

/** Puts every object of an input, the parts first, into a shape. */
export type Shaped = <T extends object>(object: T) => T;

export interface SentCommand {
  readonly input: object;
  send(): Promise<unknown>;
}

const TEXT = '{"order": 42}';
const QueueUrl = 'http://127.0.0.1/000000000000/queue';
const TopicArn = 'arn:aws:sns:us-east-1:000000000000:topic';
const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:machine';

/** One command of each operation, with its client; every `send` of one sends the same command object. */
export function awsCommands(endpoint: string, plugin?: AwsSdkPlugin) {
  const configuration = {
    endpoint,
    useQueueUrlAsEndpoint: false,
    region: 'us-east-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    // Its host would be `sync-127.0.0.1`.
    disableHostPrefix: true,
  };
  const sqs = new SQSClient(configuration);
  const clients = {
    sqs,
    sns: new SNSClient(configuration),
    // Its own handler speaks HTTP/2 alone.
    kinesis: new KinesisClient({ ...configuration, requestHandler: sqs.config.requestHandler }),
    eventBridge: new EventBridgeClient(configuration),
    lambda: new LambdaClient(configuration),
    sfn: new SFNClient(configuration),
  };
  if (plugin !== undefined)
    for (const { middlewareStack } of Object.values(clients)) middlewareStack.use(plugin as never);
  const { sns, kinesis, eventBridge, lambda, sfn } = clients;

  const attributes = (shaped: Shaped) => shaped({ own: shaped({ DataType: 'String', StringValue: 'kept' }) });
  const command = <Command extends { input: object }>(
    made: Command,
    send: (made: Command) => Promise<unknown>,
  ): SentCommand => ({ input: made.input, send: () => send(made) });
  const entries = <T extends object>(shaped: Shaped, make: (Id: string) => T) =>
    ['1', '2', '3'].map((Id) => shaped(make(Id)));

  return {
    SendMessage: (shaped: Shaped) =>
      command(
        new SendMessageCommand(shaped({ QueueUrl, MessageBody: TEXT, MessageAttributes: attributes(shaped) })),
        (made) => sqs.send(made),
      ),
    SendMessageBatch: (shaped: Shaped) =>
      command(
        new SendMessageBatchCommand(
          shaped({
            QueueUrl,
            Entries: entries(shaped, (Id) => ({ Id, MessageBody: TEXT, MessageAttributes: attributes(shaped) })),
          }),
        ),
        (made) => sqs.send(made),
      ),
    Publish: (shaped: Shaped) =>
      command(new PublishCommand(shaped({ TopicArn, Message: TEXT, MessageAttributes: attributes(shaped) })), (made) =>
        sns.send(made),
      ),
    PublishBatch: (shaped: Shaped) =>
      command(
        new PublishBatchCommand(
          shaped({
            TopicArn,
            PublishBatchRequestEntries: entries(shaped, (Id) => ({ Id, Message: TEXT })),
          }),
        ),
        (made) => sns.send(made),
      ),
    PutRecord: (shaped: Shaped) =>
      command(
        new PutRecordCommand(shaped({ StreamName: 'stream', PartitionKey: 'key', Data: Buffer.from(TEXT) })),
        (made) => kinesis.send(made),
      ),
    PutRecords: (shaped: Shaped) =>
      command(
        new PutRecordsCommand(
          shaped({
            StreamName: 'stream',
            Records: entries(shaped, (PartitionKey) => ({ PartitionKey, Data: Buffer.from(TEXT) })),
          }),
        ),
        (made) => kinesis.send(made),
      ),
    PutEvents: (shaped: Shaped) =>
      command(
        new PutEventsCommand(
          shaped({ Entries: entries(shaped, (DetailType) => ({ Source: 'shop', DetailType, Detail: TEXT })) }),
        ),
        (made) => eventBridge.send(made),
      ),
    Invoke: (shaped: Shaped) =>
      command(new InvokeCommand(shaped({ FunctionName: 'billing', Payload: TEXT as never })), (made) =>
        lambda.send(made),
      ),
    InvokeWithResponseStream: (shaped: Shaped) =>
      command(
        new InvokeWithResponseStreamCommand(shaped({ FunctionName: 'billing', Payload: TEXT as never })),
        (made) => lambda.send(made),
      ),
    StartExecution: (shaped: Shaped) =>
      command(new StartExecutionCommand(shaped({ stateMachineArn, input: TEXT })), (made) => sfn.send(made)),
    StartSyncExecution: (shaped: Shaped) =>
      command(new StartSyncExecutionCommand(shaped({ stateMachineArn, input: TEXT })), (made) => sfn.send(made)),
  };
}
