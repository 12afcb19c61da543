import {
  CreateTopicCommand,
  PublishBatchCommand,
  type PublishBatchCommandInput,
  PublishCommand,
  type PublishCommandInput,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, type Message, SQSClient } from '@aws-sdk/client-sqs';
import type { Random } from '../differential/random.ts';
import { attributeProblems, attributesSize, randomAttributes } from './attributes.ts';
import { type Bridge, CONFIGURATION, OPTIONS } from './bridge.ts';
import { isEmpty } from './contexts.ts';
import { type Outcome, sendBoth } from './outcome.ts';
import { receiveAll } from './receiving.ts';
import type { Lane, Service } from './service.ts';
import { randomSetting, type Setting } from './setting.ts';
import { shortText, textOf } from './text.ts';

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const LIMIT = 256 * 1024;
const NEAR = 2_500;
const NEAR_PER_MILLE = 20;
const ACCOUNT = '000000000000';

type Input = PublishCommandInput | PublishBatchCommandInput;

interface Case extends Setting {
  readonly kind: 'standard' | 'fifo';
  input(topicArn: string): Input;
}

/** Topics with two queues each, one that gets SNS's envelope and one that gets the message raw. */
export async function startSns(endpoint: string, bridge: Bridge): Promise<Service> {
  const sqs = new SQSClient({ endpoint, ...CONFIGURATION });
  const plain = new SNSClient({ endpoint, ...CONFIGURATION });
  const bridged = OPTIONS.map((options) => {
    const client = new SNSClient({ endpoint, ...CONFIGURATION });
    client.middlewareStack.use(bridge.awsSdkPlugin(options));
    return client;
  });
  let lanes = 0;
  return {
    async newLane() {
      lanes += 1;
      const name = `lane-${lanes}`;
      const topics = {
        standard: {
          plain: await newTopic(`${name}-plain`, '', endpoint, plain, sqs),
          bridged: await newTopic(`${name}-bridged`, '', endpoint, plain, sqs),
        },
        fifo: {
          plain: await newTopic(`${name}-plain`, '.fifo', endpoint, plain, sqs),
          bridged: await newTopic(`${name}-bridged`, '.fifo', endpoint, plain, sqs),
        },
      };
      return newLane(topics, plain, bridged, sqs, bridge);
    },
    async close() {
      for (const client of [sqs, plain, ...bridged]) client.destroy();
    },
  };
}

interface Topic {
  readonly arn: string;
  readonly envelopes: string;
  readonly raw: string;
}

async function newTopic(
  name: string,
  ending: '' | '.fifo',
  endpoint: string,
  sns: SNSClient,
  sqs: SQSClient,
): Promise<Topic> {
  const deduplicates = { ContentBasedDeduplication: 'true' };
  const { TopicArn = '' } = await sns.send(
    new CreateTopicCommand({ Name: name + ending, Attributes: ending ? { FifoTopic: 'true', ...deduplicates } : {} }),
  );
  const queue = async (kind: string, RawMessageDelivery: string) => {
    const QueueName = `${name}-${kind}${ending}`;
    const Attributes = ending ? { FifoQueue: 'true', ...deduplicates } : {};
    await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    const Endpoint = `arn:aws:sqs:us-east-1:${ACCOUNT}:${QueueName}`;
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: { RawMessageDelivery } }));
    return `${endpoint}/${ACCOUNT}/${QueueName}`;
  };
  return { arn: TopicArn, envelopes: await queue('envelopes', 'false'), raw: await queue('raw', 'true') };
}

function newLane(
  allTopics: Record<Case['kind'], { readonly plain: Topic; readonly bridged: Topic }>,
  plain: SNSClient,
  bridged: readonly SNSClient[],
  sqs: SQSClient,
  bridge: Bridge,
): Lane {
  const receive = (url: string, count: number) => receiveAll(sqs, url, { names: ['All'], count, toTheEnd: true });

  return {
    async send(random) {
      const sending = randomCase(random(), bridge);
      const topics = allTopics[sending.kind];
      const client = bridged[sending.options] as SNSClient;
      const { problems, ...pair } = await sendBoth({
        ...sending,
        plainInput: () => sending.input(topics.plain.arn),
        bridgedInput: () => randomCase(random(), bridge).input(topics.bridged.arn),
        plain: (input) => publish(plain, input),
        bridged: (input) => publish(client, input),
      });
      if (problems.length === 0 && answered(pair.plain) !== answered(pair.bridged)) {
        problems.push(`the answer is ${answered(pair.bridged)} and not ${answered(pair.plain)}`);
      }
      let written = false;
      for (const [kind, parts] of [
        ['envelopes', envelopeParts],
        ['raw', rawParts],
      ] as const) {
        const before = (await receive(topics.plain[kind], accepted(pair.plain))).map(parts).sort(byText);
        const after = (await receive(topics.bridged[kind], accepted(pair.bridged))).map(parts).sort(byText);
        if (before.length !== after.length) problems.push(`${kind}: ${after.length} messages and not ${before.length}`);
        for (const [index, { text, attributes }] of before.entries()) {
          if (after[index]?.text !== text) problems.push(`${kind}: another message`);
          const found = after[index]?.attributes ?? {};
          written ||= '_datadog' in found;
          const reading = { empty: isEmpty(sending.active), hidden: false, asked: [] };
          problems.push(...attributeProblems(attributes, found, reading).map((problem) => `${kind}: ${problem}`));
        }
      }
      const input = sending.input(topics.bridged.arn);
      const operation = 'PublishBatchRequestEntries' in input ? 'PublishBatch' : 'Publish';
      return { problems, input, operation, succeeded: pair.plain.error === undefined, written };
    },
  };
}

function publish(client: SNSClient, input: Input): Promise<object> {
  return 'PublishBatchRequestEntries' in input
    ? client.send(new PublishBatchCommand(input))
    : client.send(new PublishCommand(input as PublishCommandInput));
}

function answered({ output = {} }: Outcome): string {
  const { Successful, Failed } = output as Record<
    'Successful' | 'Failed',
    { Id?: string; Code?: string }[] | undefined
  >;
  const inOrder = (answers: { Id?: string; Code?: string }[] = []) =>
    answers.map(({ Id, Code }) => [Id, Code].join(' ')).sort();
  return JSON.stringify([Object.keys(output).sort(), inOrder(Successful), inOrder(Failed)]);
}

function accepted({ output }: Outcome): number {
  const { Successful } = (output ?? {}) as { Successful?: unknown[] };
  return output === undefined ? 0 : (Successful?.length ?? 1);
}

/** What does not bear the mark of one delivery. */
interface Parts {
  readonly text: string;
  readonly attributes: Record<string, unknown>;
}

function envelopeParts({ Body = '' }: Message): Parts {
  const { Type, Subject, Message, MessageAttributes = {} } = JSON.parse(Body);
  return { text: JSON.stringify([Type, Subject, Message]), attributes: MessageAttributes };
}

function rawParts({ Body = '', MessageAttributes = {} }: Message): Parts {
  return { text: Body, attributes: MessageAttributes };
}

function byText(a: Parts, b: Parts): number {
  return a.text < b.text ? -1 : Number(a.text > b.text);
}

function randomCase(random: Random, bridge: Bridge): Case {
  const near = random.below(1000) < NEAR_PER_MILLE;
  const kind = random.chance(15) ? 'fifo' : 'standard';
  const base: Setting & Pick<Case, 'kind'> = { ...randomSetting(random, bridge), kind };
  if (random.chance(65)) {
    const message = randomMessage(random, kind, near ? LIMIT : undefined);
    const target = random.chance(10) ? 'TargetArn' : 'TopicArn';
    return { ...base, input: (arn) => ({ [target]: arn, ...message }) };
  }
  const count = random.between(1, 10);
  const perEntry = random.chance(50) ? Math.floor(LIMIT / count) : LIMIT;
  const PublishBatchRequestEntries = Array.from({ length: count }, (_, index) => ({
    Id: random.chance(1) ? 'same' : `entry-${index}`,
    ...randomMessage(random, kind, near && random.chance(30) ? perEntry : undefined, index),
  }));
  return { ...base, input: (TopicArn) => ({ TopicArn, PublishBatchRequestEntries }) };
}

/** The messages of a batch are told apart by their text. */
function randomMessage(
  random: Random,
  kind: Case['kind'],
  limit: number | undefined,
  index = 0,
): Omit<PublishCommandInput, 'TopicArn'> {
  const attributes = randomAttributes(random);
  const room = (limit ?? 0) - attributesSize(attributes) - 1;
  const any = limit === undefined ? shortText(random) : textOf(random, room + random.between(-NEAR, 3));
  // The SDK fails on it halfway, and sends that half with the client's next message.
  const text = any.replaceAll('\ud800', '');
  return {
    Message: text === '' ? '' : `${index}${text}`,
    ...(attributes !== undefined && { MessageAttributes: attributes }),
    ...(kind === 'fifo' && !random.chance(2) && { MessageGroupId: random.pick(['a', 'b']) }),
    ...(kind === 'fifo' && random.chance(30) && { MessageDeduplicationId: random.pick(['x', random.hex(8)]) }),
    ...(random.chance(20) && { Subject: `subject ${random.hex(4)}` }),
  };
}
