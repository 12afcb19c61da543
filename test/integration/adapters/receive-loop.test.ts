import { setTimeout as sleep } from 'node:timers/promises';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { awsSdkPlugin, withMessageContext } from '../../../src/index.ts';
import { type Fauxqs, startFauxqs } from '../../peers/fauxqs/fauxqs.ts';
import { activeIds, type Ids, idsOf, inProducer, parentOf, processSpans, startTracing } from './spans.ts';

let fauxqs: Fauxqs;
let sqs: SQSClient;

beforeAll(async () => {
  startTracing();
  fauxqs = await startFauxqs();
  sqs = new SQSClient(fauxqs.clientConfig);
  sqs.middlewareStack.use(awsSdkPlugin());
});
afterAll(async () => {
  sqs.destroy();
  await fauxqs.close();
});

test('what a loop of ReceiveMessage handles side by side are the children of their senders', async () => {
  const name = fauxqs.newName();
  await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const QueueUrl = fauxqs.queueUrl(name);
  const senders = new Map<string, Ids>();
  for (let batch = 0; batch < 3; batch += 1) {
    const Entries = ['a', 'b', 'c', 'd'].map((Id) => ({ Id, MessageBody: `${batch}${Id}` }));
    const ids = await inProducer(() => sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })));
    for (const { MessageBody } of Entries) senders.set(MessageBody, ids);
  }
  const handled = new Map<string, (Ids | undefined)[]>();
  for (let polls = 0; handled.size < 12 && polls < 20; polls += 1) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    await Promise.all(
      Messages.map((message) =>
        withMessageContext(
          message,
          async () => {
            const before = activeIds();
            await sleep(5 - (Messages.indexOf(message) % 5));
            handled.set(message.Body ?? '', [before, activeIds()]);
          },
          { destination: name },
        ),
      ),
    );
    expect(activeIds()).toBeUndefined();
  }
  expect(processSpans()).toHaveLength(12);
  for (const span of processSpans()) {
    const [body = '', ids] = [...handled].find(([, [first]]) => first?.spanId === span.spanContext().spanId) ?? [];
    expect(ids).toEqual([idsOf(span), idsOf(span)]);
    expect(parentOf(span)).toEqual(senders.get(body));
    expect(span.name).toBe(`process ${name}`);
  }
});
