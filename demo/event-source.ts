import { randomUUID } from 'node:crypto';
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Queues } from './queues.ts';
import type { Service } from './service.ts';

export interface EventSource {
  /** Rejects when the function, or the polling, fails. */
  readonly failure: Promise<never>;
  stop(): Promise<void>;
}

/**
 * AWS's event source mapping between a queue and a function: polls, invokes the function with up to ten
 * messages, and deletes them when it succeeds.
 */
export function startEventSource(queues: Queues, queue: string, lambda: Service): EventSource {
  const client = queues.client();
  const QueueUrl = queues.url(queue);
  const stopped = new AbortController();

  async function poll(): Promise<void> {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 1,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
      { abortSignal: stopped.signal },
    );
    if (Messages.length === 0) return;
    const event = { Records: Messages.map((message) => toRecord(message, queue)) };
    const { error } = await lambda.ask<{ error?: string }>({ event, context: invocation() });
    if (error !== undefined) throw new Error(`the function failed: ${error}`);
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }

  const { promise: failure, reject } = Promise.withResolvers<never>();
  failure.catch(() => {});
  const polling = (async () => {
    while (!stopped.signal.aborted) await poll();
  })().catch((error) => {
    if (!stopped.signal.aborted) reject(error);
  });
  return {
    failure,
    async stop() {
      stopped.abort();
      await polling;
      client.destroy();
    },
  };
}

function invocation() {
  const functionName = 'billing';
  return {
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    awsRequestId: randomUUID(),
    memoryLimitInMB: '128',
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
function toRecord(message: Message, queue: string) {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, attribute]) => [
    name,
    {
      dataType: attribute.DataType,
      stringValue: attribute.StringValue,
      binaryValue: attribute.BinaryValue && Buffer.from(attribute.BinaryValue).toString('base64'),
      stringListValues: [],
      binaryListValues: [],
    },
  ]);
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
    awsRegion: 'us-east-1',
  };
}
