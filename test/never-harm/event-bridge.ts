import { isDeepStrictEqual } from 'node:util';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsCommandInput,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Random } from '../differential/random.ts';
import { type Bridge, CONFIGURATION, OPTIONS } from './bridge.ts';
import { isEmpty } from './contexts.ts';
import { insertionProblems, jsonOf, randomJson } from './json.ts';
import { type Outcome, sendBoth } from './outcome.ts';
import { receiveAll } from './receiving.ts';
import type { Lane, Service } from './service.ts';
import { randomSetting, type Setting } from './setting.ts';
import { sendRecorded } from './wire.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const LIMIT = 256 * 1024;
const NEAR = 2_500;
const NEAR_PER_MILLE = 10;
/** What moto makes of numbers that are too large for it. */
const PYTHON_NUMBERS = /-?Infinity|NaN/g;

interface Case extends Setting {
  input(bus: string): PutEventsCommandInput;
}

/** A bus, and a queue that gets all of its events. */
interface Bus {
  readonly name: string;
  readonly queueUrl: string;
}

export async function startEventBridge(endpoint: string, bridge: Bridge): Promise<Service> {
  const sqs = new SQSClient({ endpoint, ...CONFIGURATION });
  const plain = new EventBridgeClient({ endpoint, ...CONFIGURATION });
  const bridged = OPTIONS.map((options) => {
    const client = new EventBridgeClient({ endpoint, ...CONFIGURATION });
    client.middlewareStack.use(bridge.awsSdkPlugin(options));
    return client;
  });
  let lanes = 0;
  return {
    async newLane() {
      lanes += 1;
      const name = `bus-${lanes}`;
      const buses = {
        plain: await newBus(`${name}-plain`, plain, sqs),
        bridged: await newBus(`${name}-bridged`, plain, sqs),
      };
      return newLane(buses, plain, bridged, sqs, bridge);
    },
    async close() {
      for (const client of [sqs, plain, ...bridged]) client.destroy();
    },
  };
}

async function newBus(name: string, events: EventBridgeClient, sqs: SQSClient): Promise<Bus> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const queue = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  await events.send(new CreateEventBusCommand({ Name: name }));
  const EventPattern = JSON.stringify({ source: [{ prefix: '' }] });
  await events.send(new PutRuleCommand({ Name: 'all', EventBusName: name, EventPattern }));
  const Targets = [{ Id: 'queue', Arn: queue.Attributes?.QueueArn }];
  await events.send(new PutTargetsCommand({ Rule: 'all', EventBusName: name, Targets }));
  return { name, queueUrl: QueueUrl };
}

function newLane(
  buses: { readonly plain: Bus; readonly bridged: Bus },
  plain: EventBridgeClient,
  bridged: readonly EventBridgeClient[],
  sqs: SQSClient,
  bridge: Bridge,
): Lane {
  return {
    async send(random) {
      const sending = randomCase(random(), bridge);
      const client = bridged[sending.options] as EventBridgeClient;
      let onTheWire: Record<string, unknown> = {};
      const pair = await sendBoth({
        ...sending,
        plainInput: () => sending.input(buses.plain.name),
        bridgedInput: () => randomCase(random(), bridge).input(buses.bridged.name),
        plain: (input) => plain.send(new PutEventsCommand(input)),
        bridged: async (input) => {
          const sent = await sendRecorded(client, new PutEventsCommand(input));
          onTheWire = sent.body;
          return sent.output;
        },
      });
      const problems = [...pair.problems];
      if (problems.length === 0 && answered(pair.plain) !== answered(pair.bridged)) {
        problems.push(`the answer is ${answered(pair.bridged)} and not ${answered(pair.plain)}`);
      }
      const input = sending.input(buses.bridged.name);
      const mayWrite = !isEmpty(sending.active) && OPTIONS[sending.options]?.bodyCarriers !== undefined;
      let written = false;
      for (const [index, { Detail = '' }] of (pair.bridged.error ? [] : (input.Entries ?? [])).entries()) {
        const sent = (onTheWire.Entries as PutEventsRequestEntry[] | undefined)?.[index]?.Detail ?? '';
        written ||= sent !== Detail;
        if (sent !== Detail && !mayWrite) problems.push(`entry ${index}: the detail is changed: ${sent}`);
        problems.push(...insertionProblems(Detail, sent).map((problem) => `entry ${index}: ${problem}`));
      }
      const before = await arrived(buses.plain);
      const after = await arrived(buses.bridged);
      if (!isDeepStrictEqual(before, after)) {
        problems.push(`what arrives is ${JSON.stringify(after)} and not ${JSON.stringify(before)}`);
      }
      return { problems, input, operation: 'PutEvents', succeeded: pair.plain.error === undefined, written };
    },
  };

  /** What does not bear the mark of one delivery, without the context. */
  async function arrived({ queueUrl }: Bus): Promise<unknown[]> {
    const messages = await receiveAll(sqs, queueUrl, { names: undefined, count: 0, toTheEnd: true });
    const events = messages.map(({ Body = '' }) => {
      const { source, resources, detail, ...others } = JSON.parse(Body.replaceAll(PYTHON_NUMBERS, 'null'));
      const own = typeof detail === 'object' && detail !== null && !Array.isArray(detail) ? { ...detail } : detail;
      if (own === Object(own)) delete own._datadog;
      return { source, resources, type: others['detail-type'], own };
    });
    return events.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
}

function answered({ output }: Outcome): string {
  const { FailedEntryCount, Entries = [] } = (output ?? {}) as {
    FailedEntryCount?: number;
    Entries?: { ErrorCode?: string }[];
  };
  return JSON.stringify([FailedEntryCount, Entries.map(({ ErrorCode }) => ErrorCode ?? 'none')]);
}

function randomCase(random: Random, bridge: Bridge): Case {
  const setting = randomSetting(random, bridge);
  const near = random.below(1000) < NEAR_PER_MILLE;
  const count = random.between(1, random.chance(50) ? 1 : 10);
  const entries = Array.from({ length: count }, (_, index): PutEventsRequestEntry => {
    const Detail = near && index === 0 ? jsonOf(random, LIMIT - random.between(0, NEAR)) : randomJson(random);
    return {
      Source: random.chance(99) ? 'never.harm' : '',
      DetailType: random.pick(['sent', 'größer']),
      ...(random.chance(98) && { Detail }),
      ...(random.chance(20) && { Resources: ['arn:aws:s3:::bucket'] }),
      ...(random.chance(10) && { Time: new Date(1_700_000_000_000) }),
    };
  });
  return { ...setting, input: (EventBusName) => ({ Entries: entries.map((entry) => ({ ...entry, EventBusName })) }) };
}
