import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

const MAX_RECEIVES = 10;

export interface Receiving {
  /** What the application asks for. */
  readonly names: string[] | undefined;
  readonly count: number;
  /** All that there are: it is known that nothing is under way. */
  readonly toTheEnd: boolean;
  /** Deletes what is received; default the reader. */
  readonly deleter?: SQSClient;
}

/** That many messages or, to the end, all of them; they are deleted. */
export async function receiveAll(
  reader: SQSClient,
  QueueUrl: string,
  { names, count, toTheEnd, deleter = reader }: Receiving,
): Promise<Message[]> {
  const messages: Message[] = [];
  for (let receives = 0; receives < MAX_RECEIVES; receives += 1) {
    if (!toTheEnd && messages.length >= count) break;
    const { Messages = [] } = await reader.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MessageAttributeNames: names,
        MessageSystemAttributeNames: ['All'],
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: toTheEnd ? 0 : 1,
      }),
    );
    if (toTheEnd && Messages.length === 0) break;
    messages.push(...Messages);
    if (Messages.length === 0) continue;
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await deleter.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
  return messages;
}
