import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { KinesisClient, PutRecordCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { InvokeCommand, InvokeWithResponseStreamCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient, StartExecutionCommand, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import {
  CreateTopicCommand,
  PublishBatchCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { awsSdkPlugin } from '../../../src/aws/plugin.ts';
import { success } from '../../peers/aws-api/answers.ts';
import { type SentMessage, sentMessages } from '../../peers/aws-api/sent-messages.ts';
import { type AwsApi, type AwsRequest, startAwsApi } from '../../peers/aws-api/server.ts';
import { ownAttributes } from '../fixtures/messages.mjs';

const TEXT = '{"order": 42}';
const ENTRIES = ['first', 'second'];

/** Real clients with the plugin: SQS and SNS send to a server, the others to one that keeps what it was sent. */
export class Producer {
  readonly #queues: string;
  readonly #recorder: AwsApi;
  readonly #requests: AwsRequest[];

  private constructor(queues: string, recorder: AwsApi, requests: AwsRequest[]) {
    this.#queues = queues;
    this.#recorder = recorder;
    this.#requests = requests;
  }

  static async start(queues: string): Promise<Producer> {
    const requests: AwsRequest[] = [];
    const recorder = await startAwsApi((request) => {
      requests.push(request);
      return success(request);
    });
    return new Producer(queues, recorder, requests);
  }

  close(): Promise<void> {
    return this.#recorder.close();
  }

  async sendMessage(QueueUrl: string): Promise<void> {
    const MessageAttributes = ownAttributes(3);
    await this.#sqs(this.#queues).send(new SendMessageCommand({ QueueUrl, MessageBody: TEXT, MessageAttributes }));
  }

  async sendMessageBatch(QueueUrl: string): Promise<void> {
    const Entries = ENTRIES.map((Id) => ({ Id, MessageBody: TEXT, MessageAttributes: ownAttributes(9) }));
    await this.#sqs(this.#queues).send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }

  /** A message that has no room for an attribute; returns the system attribute that it got. */
  async sendFullMessage(): Promise<string> {
    const plugin = awsSdkPlugin({ awsTraceHeader: true });
    const sqs = this.#sqs(this.#recorder.endpoint, plugin);
    const QueueUrl = `${this.#recorder.endpoint}/000000000000/queue`;
    const MessageAttributes = ownAttributes(10);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: TEXT, MessageAttributes }));
    const { MessageSystemAttributes } = JSON.parse(this.#lastRequest().body.toString());
    return MessageSystemAttributes.AWSTraceHeader.StringValue;
  }

  async publish(TopicArn: string): Promise<void> {
    await this.#sns().send(new PublishCommand({ TopicArn, Message: TEXT, MessageAttributes: ownAttributes(2) }));
  }

  async publishBatch(TopicArn: string): Promise<void> {
    const entries = ENTRIES.map((Id) => ({ Id, Message: TEXT }));
    await this.#sns().send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: entries }));
  }

  /** A topic that hands its messages to the queue. */
  async topicFor(queue: string, raw: boolean): Promise<string> {
    const sns = this.#sns();
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: queue }));
    await sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
        Attributes: { RawMessageDelivery: String(raw) },
      }),
    );
    return TopicArn ?? '';
  }

  async putEvents(): Promise<SentMessage[]> {
    const client = this.#plugged(new EventBridgeClient(this.#configuration(this.#recorder.endpoint)));
    const Entries = ENTRIES.map((DetailType) => ({ Source: 'shop', DetailType, Detail: TEXT }));
    await client.send(new PutEventsCommand({ Entries }));
    return sentMessages(this.#lastRequest());
  }

  async putRecord(): Promise<SentMessage[]> {
    await this.#kinesis().send(new PutRecordCommand({ StreamName: 'stream', ...record() }));
    return sentMessages(this.#lastRequest());
  }

  async putRecords(): Promise<SentMessage[]> {
    await this.#kinesis().send(new PutRecordsCommand({ StreamName: 'stream', Records: ENTRIES.map(record) }));
    return sentMessages(this.#lastRequest());
  }

  /** The client context that the function's runtime parses. */
  async invoke({ clientContextDatadog = false, stream = false } = {}): Promise<unknown> {
    const client = new LambdaClient(this.#configuration(this.#recorder.endpoint));
    client.middlewareStack.use(awsSdkPlugin({ clientContextDatadog }));
    const input = { FunctionName: 'billing', Payload: Buffer.from(TEXT) };
    await (stream ? client.send(new InvokeWithResponseStreamCommand(input)) : client.send(new InvokeCommand(input)));
    const header = String(this.#lastRequest().headers['x-amz-client-context']);
    return JSON.parse(Buffer.from(header, 'base64').toString());
  }

  async startExecution(sync: boolean): Promise<SentMessage[]> {
    // Its host would be `sync-127.0.0.1`.
    const configuration = { ...this.#configuration(this.#recorder.endpoint), disableHostPrefix: true };
    const client = this.#plugged(new SFNClient(configuration));
    const input = { stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:machine', input: TEXT };
    await (sync ? client.send(new StartSyncExecutionCommand(input)) : client.send(new StartExecutionCommand(input)));
    return sentMessages(this.#lastRequest());
  }

  #lastRequest(): AwsRequest {
    const request = this.#requests.pop();
    if (request === undefined) throw new Error('nothing was sent');
    return request;
  }

  #configuration(endpoint: string) {
    return { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'key', secretAccessKey: 'secret' } };
  }

  #sqs(endpoint: string, plugin = awsSdkPlugin()): SQSClient {
    const client = new SQSClient(this.#configuration(endpoint));
    client.middlewareStack.use(plugin);
    return client;
  }

  #sns(): SNSClient {
    return this.#plugged(new SNSClient(this.#configuration(this.#queues)));
  }

  #kinesis(): KinesisClient {
    // Its own handler speaks HTTP/2 alone.
    const { requestHandler } = this.#sqs(this.#queues).config;
    return this.#plugged(new KinesisClient({ ...this.#configuration(this.#recorder.endpoint), requestHandler }));
  }

  #plugged<Client extends SNSClient | KinesisClient | EventBridgeClient | SFNClient>(client: Client): Client {
    client.middlewareStack.use(awsSdkPlugin({ bodyCarriers: ['kinesis', 'eventbridge', 'stepfunctions'] }));
    return client;
  }
}

function record() {
  return { PartitionKey: 'key', Data: Buffer.from(TEXT) };
}
