import {
  CreateQueueCommand,
  type CreateQueueCommandInput,
  type Message,
  SendMessageBatchCommand,
  type SendMessageBatchCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Random } from '../differential/random.ts';
import { type Attributes, attributeProblems, attributesMd5, attributesSize, randomAttributes } from './attributes.ts';
import { type Bridge, CONFIGURATION, OPTIONS } from './bridge.ts';
import { isEmpty } from './contexts.ts';
import { type Outcome, type Pair, sendBoth } from './outcome.ts';
import { receiveAll } from './receiving.ts';
import type { Lane, Sent, Service } from './service.ts';
import { randomSetting, type Setting } from './setting.ts';
import { shortText, textOf } from './text.ts';

const MEBIBYTE = 1024 * 1024;
const LIMITS = { standard: MEBIBYTE, quarter: MEBIBYTE / 4, tiny: 1024, fifo: MEBIBYTE } as const;
type Kind = keyof typeof LIMITS;

const ATTRIBUTES: Readonly<Record<Kind, CreateQueueCommandInput['Attributes']>> = {
  standard: {},
  quarter: { MaximumMessageSize: String(LIMITS.quarter) },
  tiny: { MaximumMessageSize: String(LIMITS.tiny) },
  fifo: { FifoQueue: 'true', ContentBasedDeduplication: 'true' },
};
/** More than a context is long, baggage apart. */
const NEAR = 2_500;

export interface SqsPeer {
  readonly endpoint: string;
  /** Of a thousand sends, those with bodies near a limit of 256 KiB or 1 MiB, which take their time. */
  readonly largePerMille: number;
  /** Whether it digests the attributes that it gives. */
  readonly digestsReceived: boolean;
}

interface Case extends Setting {
  readonly kind: Kind;
  readonly delayed: boolean;
  readonly near: boolean;
  readonly bridgedReader: boolean;
  readonly names: 'none' | 'own' | 'all' | 'prefix';
  input(queueUrl: string): SendMessageCommandInput | SendMessageBatchCommandInput;
}

export async function startSqs(peer: SqsPeer, bridge: Bridge): Promise<Service> {
  const { endpoint } = peer;
  const plain = new SQSClient({ endpoint, ...CONFIGURATION });
  const bridged = OPTIONS.map((options) => {
    const client = new SQSClient({ endpoint, ...CONFIGURATION });
    client.middlewareStack.use(bridge.awsSdkPlugin(options));
    return client;
  });
  let lanes = 0;
  return {
    async newLane() {
      lanes += 1;
      return newLane(`lane-${lanes}`, peer, plain, bridged, bridge);
    },
    async close() {
      for (const client of [plain, ...bridged]) client.destroy();
    },
  };
}

async function newLane(
  name: string,
  peer: SqsPeer,
  plain: SQSClient,
  bridged: readonly SQSClient[],
  bridge: Bridge,
): Promise<Lane> {
  const create = async (kind: Kind, side = '') => {
    const QueueName = `${name}-${kind}${side}${kind === 'fifo' ? '.fifo' : ''}`;
    await plain.send(new CreateQueueCommand({ QueueName, Attributes: ATTRIBUTES[kind] }));
    return `${peer.endpoint}/000000000000/${QueueName}`;
  };
  const queues = {
    standard: await create('standard'),
    quarter: await create('quarter'),
    tiny: await create('tiny'),
    fifo: await create('fifo', '-plain'),
  };
  const bridgedFifo = await create('fifo', '-bridged');

  return {
    async send(random) {
      const sending = randomCase(random(), peer, bridge);
      const { kind, active, frozen } = sending;
      const plainUrl = queues[kind];
      const bridgedUrl = kind === 'fifo' ? bridgedFifo : plainUrl;
      const client = bridged[sending.options] as SQSClient;
      const pair = await sendBoth({
        active,
        frozen,
        plainInput: () => sending.input(plainUrl),
        bridgedInput: () => randomCase(random(), peer, bridge).input(bridgedUrl),
        plain: (input) => sendWith(plain, input),
        bridged: (input) => sendWith(client, input),
      });
      const reader = sending.bridgedReader ? client : plain;
      const input = sending.input(bridgedUrl);
      const result = { ...pair, problems: [...pair.problems, ...answerProblems(pair)] };
      const messages = await received(reader, sending, result, plainUrl, bridgedUrl);
      return { ...messages, input, operation: 'Entries' in input ? 'SendMessageBatch' : 'SendMessage' };
    },
  };

  async function received(
    reader: SQSClient,
    sending: Case,
    { plain: withoutBridge, bridged: withBridge, problems }: Pair,
    plainUrl: string,
    bridgedUrl: string,
  ): Promise<Omit<Sent, 'input' | 'operation'>> {
    const plainIds = messageIds(withoutBridge);
    const bridgedIds = messageIds(withBridge);
    const read = (url: string, ids: readonly (readonly [string, string])[]) =>
      receive(reader, sending, url, ids.length, sending.near);
    const messages =
      plainUrl === bridgedUrl
        ? await read(plainUrl, [...plainIds, ...bridgedIds])
        : [...(await read(plainUrl, plainIds)), ...(await read(bridgedUrl, bridgedIds))];
    const byId = new Map(messages.map((message) => [message.MessageId, message]));
    // A queue that drops duplicates gives the first of them, whose identifier the others have too.
    const known = new Set([...plainIds, ...bridgedIds].map(([, id]) => id));
    if (messages.some(({ MessageId = '' }) => !known.has(MessageId)))
      problems.push('there are more messages than sends');
    let written = false;
    for (const [id, bridgedId] of bridgedIds) {
      const before = byId.get(plainIds.find(([each]) => each === id)?.[1]);
      const after = byId.get(bridgedId);
      if (before === undefined && after === undefined && sending.kind === 'fifo') continue;
      if (before === undefined || after === undefined) {
        problems.push(`${id}: ${before ? '' : 'without the bridge '}${after ? '' : 'with it '}nothing arrives`);
        continue;
      }
      written ||= '_datadog' in (after.MessageAttributes ?? {});
      problems.push(...messageProblems(before, after, sending, peer).map((problem) => `${id}: ${problem}`));
    }
    return { problems, succeeded: withoutBridge.error === undefined, written };
  }

  function receive(
    reader: SQSClient,
    sending: Case,
    url: string,
    count: number,
    toTheEnd: boolean,
  ): Promise<Message[]> {
    return receiveAll(reader, url, {
      names: askedNames(sending),
      count,
      toTheEnd: toTheEnd || sending.kind === 'fifo',
      deleter: plain,
    });
  }
}

function sendWith(
  client: SQSClient,
  input: SendMessageCommandInput | SendMessageBatchCommandInput,
): Promise<Record<string, unknown>> {
  const answer =
    'Entries' in input
      ? client.send(new SendMessageBatchCommand(input))
      : client.send(new SendMessageCommand(input as SendMessageCommandInput));
  return answer as Promise<object> as Promise<Record<string, unknown>>;
}

interface Answer {
  Id?: string;
  MessageId?: string;
  Code?: string;
  MD5OfMessageBody?: string;
}

/** What the answers to a send that went through say, but for what the service makes up. */
function answerProblems({ plain, bridged }: Pair): string[] {
  const before = answered(plain);
  const after = answered(bridged);
  return before === after || plain.error || bridged.error ? [] : [`the answer is ${after} and not ${before}`];
}

function answered({ output = {} }: Outcome): string {
  const { Successful, Failed, MD5OfMessageBody } = output as { Successful?: Answer[]; Failed?: Answer[] } & Answer;
  const inOrder = (answers: Answer[] = []) =>
    answers.map(({ Id, Code, MD5OfMessageBody }) => [Id, Code, MD5OfMessageBody].join(' ')).sort();
  const names = Object.keys(output).filter((name) => name !== 'MD5OfMessageAttributes');
  return JSON.stringify([names.sort(), MD5OfMessageBody, inOrder(Successful), inOrder(Failed)]);
}

/** Of what was accepted: the entry's identifier and the message's. */
function messageIds({ output }: Outcome): (readonly [id: string, messageId: string])[] {
  const { Successful, MessageId } = (output ?? {}) as { Successful?: Answer[] } & Answer;
  if (MessageId !== undefined) return [['message', MessageId]];
  return (Successful ?? []).map(({ Id = '', MessageId = '' }) => [Id, MessageId]);
}

function messageProblems(before: Message, after: Message, sending: Case, peer: SqsPeer): string[] {
  const hidden = sending.bridgedReader && OPTIONS[sending.options]?.hideAttributes === true;
  const problems = attributeProblems(before.MessageAttributes, after.MessageAttributes, {
    empty: isEmpty(sending.active),
    hidden,
    asked: askedNames(sending) ?? [],
  });
  if (before.Body !== after.Body) problems.push('the body is another one');
  if (before.MD5OfBody !== after.MD5OfBody) problems.push("the body's digest is another one");
  const digest = attributesMd5(after.MessageAttributes as Attributes | undefined);
  if (peer.digestsReceived && !hidden && digest !== after.MD5OfMessageAttributes) {
    const plainDigest = attributesMd5(before.MessageAttributes as Attributes | undefined);
    if (plainDigest === before.MD5OfMessageAttributes) problems.push("the attributes' digest is wrong");
  }
  for (const name of ['MessageGroupId', 'MessageDeduplicationId', 'AWSTraceHeader'] as const) {
    const mayBeAdded = name === 'AWSTraceHeader' && OPTIONS[sending.options]?.awsTraceHeader === true;
    if (before.Attributes?.[name] !== after.Attributes?.[name] && !(mayBeAdded && !before.Attributes?.[name])) {
      problems.push(`${name} is ${after.Attributes?.[name]} and not ${before.Attributes?.[name]}`);
    }
  }
  return problems;
}

/** The attributes that the application asks a queue for. */
function askedNames({ names, input }: Case): string[] | undefined {
  if (names === 'none') return undefined;
  if (names === 'all') return ['All'];
  const sent = input('');
  const messages: { MessageAttributes?: object | undefined }[] = 'Entries' in sent ? (sent.Entries ?? []) : [sent];
  const own = messages.flatMap(({ MessageAttributes = {} }) => Object.keys(MessageAttributes));
  return [...(names === 'prefix' ? ['own-*'] : []), ...new Set(own)];
}

function randomCase(random: Random, peer: SqsPeer, bridge: Bridge): Case {
  const large = random.below(1000) < peer.largePerMille;
  const kind: Kind = large
    ? random.pick(['standard', 'quarter', 'quarter', 'quarter'] as const)
    : random.pick(['standard', 'standard', 'standard', 'quarter', 'tiny', 'tiny', 'fifo'] as const);
  const near = large || (kind === 'tiny' && random.chance(70));
  const batch = random.chance(30);
  const delayed = kind === 'standard' && random.below(1000) < 4;
  const base = {
    kind,
    near,
    delayed,
    ...randomSetting(random, bridge),
    bridgedReader: random.chance(50),
    names: random.pick(['none', 'own', 'all', 'all', 'prefix'] as const),
  };
  if (!batch) {
    const message = {
      ...randomMessage(random, kind, near ? LIMITS[kind] : undefined),
      ...(delayed && { DelaySeconds: 1 }),
    };
    return { ...base, input: (QueueUrl) => ({ QueueUrl, ...message }) };
  }
  const count = random.between(1, 10);
  // A batch together is 1 MiB at most, each of its messages what the queue takes.
  const perEntry = Math.min(LIMITS[kind], Math.floor(MEBIBYTE / count));
  const Entries = Array.from({ length: count }, (_, index) => ({
    Id: random.chance(1) ? 'same' : `entry-${index}`,
    ...randomMessage(random, kind, near && random.chance(80) ? perEntry : undefined),
    ...(delayed && { DelaySeconds: 1 }),
  }));
  return { ...base, input: (QueueUrl) => ({ QueueUrl, Entries }) };
}

function randomMessage(
  random: Random,
  kind: Kind,
  limit: number | undefined,
): Omit<SendMessageCommandInput, 'QueueUrl'> {
  const attributes = randomAttributes(random);
  const room = (limit ?? 0) - attributesSize(attributes);
  const body = limit === undefined ? shortText(random) : textOf(random, room + random.between(-NEAR, 3));
  return {
    MessageBody: body,
    ...(attributes !== undefined && { MessageAttributes: attributes }),
    ...(random.chance(1) && { DelaySeconds: -1 }),
    ...(kind === 'fifo' && !random.chance(2) && { MessageGroupId: random.pick(['a', 'b']) }),
    ...(kind === 'fifo' && random.chance(30) && { MessageDeduplicationId: random.pick(['x', random.hex(8)]) }),
    ...(random.chance(4) && {
      MessageSystemAttributes: {
        AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-63441c4a-abcdef012345678912345678;Sampled=1' },
      },
    }),
  };
}
