import { CreateQueueCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { MessageAttributes } from './outcome.ts';

/** Sends messages with these attributes; the SDK compares the digest of what the server has read. */
export class SqsSender implements Disposable {
  readonly #client: SQSClient;
  readonly #queueUrl: string;

  private constructor(client: SQSClient, queueUrl: string) {
    this.#client = client;
    this.#queueUrl = queueUrl;
  }

  static async to(endpoint: string): Promise<SqsSender> {
    const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
    const client = new SQSClient({ endpoint, region: 'us-east-1', credentials });
    const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: 'hostile' }));
    return new SqsSender(client, QueueUrl);
  }

  async send(messages: readonly MessageAttributes[]): Promise<void> {
    const { Failed = [] } = await this.#client.send(
      new SendMessageBatchCommand({
        QueueUrl: this.#queueUrl,
        Entries: messages.map((MessageAttributes, index) => ({
          Id: String(index),
          MessageBody: 'x',
          MessageAttributes,
        })),
      }),
    );
    const [failed] = Failed;
    if (failed) throw new Error(`SQS: ${failed.Message}`);
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }
}
