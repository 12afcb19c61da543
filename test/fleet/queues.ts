import { setTimeout as sleep } from 'node:timers/promises';
import type { SqsProtocol } from '../peers/sqs-protocol.ts';
import { itemIn } from './order.ts';
import type { WorkersQueue } from './peer.ts';
import type { QueuedMessage } from './queued-message.ts';

const ARRIVAL_MILLIS = 20_000;

/** Reads a queue to its end again and again, and keeps its messages by what they are of. */
export class ReadQueue {
  readonly #sqs: SqsProtocol;
  readonly url: string;
  readonly #arrived = new Map<string, QueuedMessage>();
  readonly #leave: (item: string) => boolean;
  readonly #source: ReadQueue | undefined;

  /** What `leave` says of stays in the queue, which thus moves it to its dead letters; those of `source` come here. */
  constructor(
    sqs: SqsProtocol,
    url: string,
    { leave = () => false, source }: { leave?: (item: string) => boolean; source?: ReadQueue } = {},
  ) {
    this.#sqs = sqs;
    this.url = url;
    this.#leave = leave;
    this.#source = source;
  }

  /** The message, with all that it carries. */
  async message(item: string): Promise<QueuedMessage> {
    const deadline = Date.now() + ARRIVAL_MILLIS;
    for (;;) {
      const message = this.#arrived.get(item);
      if (message !== undefined) return message;
      if (Date.now() > deadline) throw new Error(`${item} has not arrived in ${this.url}`);
      await this.read();
    }
  }

  async read(): Promise<void> {
    await this.#source?.read();
    const { Messages = [] } = await this.#sqs.call<{ Messages?: QueuedMessage[] }>('ReceiveMessage', {
      QueueUrl: this.url,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
      AttributeNames: ['All'],
    });
    for (const message of Messages) {
      const item = itemIn(message.Body);
      if (item === undefined) throw new Error(`a message of no order: ${message.Body}`);
      const which = { QueueUrl: this.url, ReceiptHandle: message.ReceiptHandle };
      if (this.#leave(item)) {
        await this.#sqs.call('ChangeMessageVisibility', { ...which, VisibilityTimeout: 0 });
        continue;
      }
      await this.#sqs.call('DeleteMessage', which);
      this.#arrived.set(item, message);
    }
    if (Messages.length === 0) await sleep(20);
  }
}

/** A new queue for a worker, at that server. */
export async function workersQueue(sqs: SqsProtocol): Promise<WorkersQueue> {
  const url = await sqs.createQueue();
  return {
    url,
    async put({ Body, MessageAttributes, MD5OfMessageAttributes, Attributes }) {
      const header = Attributes?.AWSTraceHeader;
      const sent = await sqs.call<{ MD5OfMessageAttributes?: string }>('SendMessage', {
        QueueUrl: url,
        MessageBody: Body,
        ...(MessageAttributes && { MessageAttributes }),
        ...(header && { MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: header } } }),
      });
      if (MD5OfMessageAttributes !== undefined && sent.MD5OfMessageAttributes !== MD5OfMessageAttributes)
        throw new Error(`the copy differs from the message: ${JSON.stringify(MessageAttributes)}`);
    },
  };
}
