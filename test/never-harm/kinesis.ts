import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordCommand,
  type PutRecordCommandInput,
  PutRecordsCommand,
  type PutRecordsCommandInput,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Random } from '../differential/random.ts';
import { type Bridge, CONFIGURATION, OPTIONS } from './bridge.ts';
import { isEmpty } from './contexts.ts';
import { insertionProblems, jsonOf, randomJson } from './json.ts';
import { type Outcome, sendBoth } from './outcome.ts';
import type { Lane, Service } from './service.ts';
import { randomSetting, type Setting } from './setting.ts';
import { textOf } from './text.ts';

const MEBIBYTE = 1024 * 1024;
const NEAR = 2_500;
const NEAR_PER_MILLE = 4;
/** https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md */
const AGGREGATED = Buffer.from('f3899ac2', 'hex');

type Input = PutRecordCommandInput | PutRecordsCommandInput;

interface Case extends Setting {
  readonly strippingReader: boolean;
  input(StreamName: string): Input;
}

export async function startKinesis(endpoint: string, bridge: Bridge): Promise<Service> {
  // The client's own handler speaks HTTP/2, which moto does not.
  const newClient = () => new KinesisClient({ endpoint, ...CONFIGURATION, requestHandler: new NodeHttpHandler() });
  const plain = newClient();
  const bridged = OPTIONS.map((options) => {
    const client = newClient();
    client.middlewareStack.use(bridge.awsSdkPlugin(options));
    return client;
  });
  let lanes = 0;
  return {
    async newLane() {
      lanes += 1;
      const StreamName = `stream-${lanes}`;
      await plain.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
      return newLane(StreamName, plain, bridged, bridge);
    },
    async close() {
      for (const client of [plain, ...bridged]) client.destroy();
    },
  };
}

function newLane(stream: string, plain: KinesisClient, bridged: readonly KinesisClient[], bridge: Bridge): Lane {
  return {
    async send(random) {
      const sending = randomCase(random(), bridge);
      const client = bridged[sending.options] as KinesisClient;
      const pair = await sendBoth({
        ...sending,
        plainInput: () => sending.input(stream),
        bridgedInput: () => randomCase(random(), bridge).input(stream),
        plain: (input) => put(plain, input),
        bridged: (input) => put(client, input),
      });
      const problems = [...pair.problems];
      const before = numbers(pair.plain);
      const after = numbers(pair.bridged);
      let written = false;
      if (before.length !== after.length) problems.push(`${after.length} records are put and not ${before.length}`);
      else if (before[0] !== undefined) {
        const { options } = sending;
        const strips = sending.strippingReader && OPTIONS[options]?.stripInjectedContext === true;
        const records = await read(strips ? client : plain, stream, before[0], before.length + after.length);
        for (const [index, number] of before.entries()) {
          const own = records.get(number);
          const sent = records.get(after[index] as string);
          if (own === undefined || sent === undefined) {
            problems.push(`record ${index} does not arrive`);
            continue;
          }
          written ||= !own.equals(sent);
          const mayWrite = !isEmpty(sending.active) && OPTIONS[options]?.bodyCarriers !== undefined;
          problems.push(...dataProblems(own, sent, mayWrite, strips).map((problem) => `record ${index}: ${problem}`));
        }
      }
      const input = sending.input(stream);
      const operation = 'Records' in input ? 'PutRecords' : 'PutRecord';
      return { problems, input, operation, succeeded: pair.plain.error === undefined, written };
    },
  };
}

function put(client: KinesisClient, input: Input): Promise<object> {
  return 'Records' in input
    ? client.send(new PutRecordsCommand(input as PutRecordsCommandInput))
    : client.send(new PutRecordCommand(input as PutRecordCommandInput));
}

/** The sequence numbers of the records, in their order. */
function numbers({ output }: Outcome): string[] {
  const { Records, SequenceNumber } = (output ?? {}) as {
    Records?: { SequenceNumber?: string }[];
    SequenceNumber?: string;
  };
  if (SequenceNumber !== undefined) return [SequenceNumber];
  return (Records ?? []).map((record) => record.SequenceNumber ?? '');
}

/** The data of that many records, from that number on. */
async function read(
  client: KinesisClient,
  StreamName: string,
  StartingSequenceNumber: string,
  Limit: number,
): Promise<Map<string, Buffer>> {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({
      StreamName,
      ShardId: 'shardId-000000000000',
      ShardIteratorType: 'AT_SEQUENCE_NUMBER',
      StartingSequenceNumber,
    }),
  );
  const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator, Limit }));
  return new Map(Records.map(({ SequenceNumber = '', Data }) => [SequenceNumber, Buffer.from(Data ?? '')]));
}

function dataProblems(own: Buffer, sent: Buffer, mayWrite: boolean, strips: boolean): string[] {
  if (own.equals(sent)) return [];
  if (!mayWrite) return [`the data is changed: ${sent.toString().slice(0, 300)}`];
  const text = own.toString('utf8');
  if (!Buffer.from(text).equals(own)) return ['data that is no text is changed'];
  if (!/^\s*\{/.test(text) && Buffer.from(text, 'base64').toString('base64') === text) {
    return insertionProblems(fromBase64(text), fromBase64(sent.toString()), !strips);
  }
  return insertionProblems(text, sent.toString(), !strips);
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString();
}

function randomCase(random: Random, bridge: Bridge): Case {
  const base = { ...randomSetting(random, bridge), strippingReader: random.chance(80) };
  const near = random.below(1000) < NEAR_PER_MILLE;
  if (random.chance(60)) {
    const record = randomRecord(random, near);
    return { ...base, input: (StreamName) => ({ StreamName, ...record }) };
  }
  const Records = Array.from({ length: random.between(1, 8) }, (_, index) => randomRecord(random, near && index === 0));
  return { ...base, input: (StreamName) => ({ StreamName, Records }) };
}

function randomRecord(random: Random, near: boolean): { Data: Uint8Array; PartitionKey: string } {
  const PartitionKey = random.pick(['key', 'ключ', random.hex(30)]);
  if (near) {
    const room = MEBIBYTE - Buffer.byteLength(PartitionKey);
    return { Data: Buffer.from(jsonOf(random, room - random.between(0, NEAR))), PartitionKey };
  }
  return { Data: randomData(random), PartitionKey };
}

function randomData(random: Random): Uint8Array {
  const kind = random.below(100);
  if (kind < 15) return Buffer.from(Buffer.from(randomJson(random)).toString('base64'));
  if (kind < 20) return Buffer.concat([AGGREGATED, Buffer.from(randomJson(random))]);
  if (kind < 28) return Uint8Array.from({ length: random.between(1, 60) }, () => random.below(256));
  if (kind < 33) return Buffer.from(textOf(random, random.between(1, 3_000)));
  if (kind < 38) return Buffer.concat([Buffer.from('{"a":"'), Buffer.of(0xc3, 0x28), Buffer.from('"}')]);
  const data = Buffer.from(randomJson(random));
  return random.chance(50) ? new Uint8Array(data) : data;
}
