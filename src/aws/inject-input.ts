import type { AwsService, AwsSettings, BodyCarrier } from '../configuration/aws';
import { BODY_CARRIERS } from '../configuration/aws';
import type { Fields } from '../propagation/fields';
import { writePutEvents } from './event-bridge';
import { writePutRecord, writePutRecords } from './kinesis';
import { writeInvoke } from './lambda';
import type { Operation } from './operation';
import { writePublish, writePublishBatch } from './sns';
import { askForContext, writeSendMessage, writeSendMessageBatch } from './sqs';
import { writeStartExecution } from './step-functions';
import { isEnabledFor } from './target';
import type { Writer } from './writer';

interface ClientWriters {
  readonly service: AwsService;
  /** What names the queue, topic and so on in an input, the first that is there; none where each entry has its own. */
  readonly targets: readonly string[];
  readonly writers: Readonly<Record<string, Writer>>;
  /** The operation that gives messages. */
  readonly receives?: string;
}

/** By the names of clients and their operations. */
const CLIENTS: ReadonlyMap<string, ClientWriters> = new Map<string, ClientWriters>([
  [
    'SQS',
    {
      service: 'sqs',
      targets: ['QueueUrl'],
      writers: {
        SendMessage: writeSendMessage,
        SendMessageBatch: writeSendMessageBatch,
        ReceiveMessage: askForContext,
      },
      receives: 'ReceiveMessage',
    },
  ],
  [
    'SNS',
    {
      service: 'sns',
      targets: ['TopicArn', 'TargetArn'],
      writers: { Publish: writePublish, PublishBatch: writePublishBatch },
    },
  ],
  [
    'Lambda',
    {
      service: 'lambda',
      targets: ['FunctionName'],
      writers: { Invoke: writeInvoke, InvokeWithResponseStream: writeInvoke },
    },
  ],
  [
    'Kinesis',
    {
      service: 'kinesis',
      targets: ['StreamName', 'StreamARN'],
      writers: { PutRecord: writePutRecord, PutRecords: writePutRecords },
      receives: 'GetRecords',
    },
  ],
  ['EventBridge', { service: 'eventbridge', targets: [], writers: { PutEvents: writePutEvents } }],
  [
    'SFN',
    {
      service: 'stepfunctions',
      targets: ['stateMachineArn'],
      writers: { StartExecution: writeStartExecution, StartSyncExecution: writeStartExecution },
    },
  ],
]);

/** Whether the operation gives messages, from a queue or stream that is not switched off. */
export function isReceive({ service: client, name }: Operation, input: object, settings: AwsSettings): boolean {
  const found = CLIENTS.get(client);
  if (found?.receives !== name || !settings.services.has(found.service)) return false;
  return isEnabledFor(targetOf(input, found.targets), settings);
}

function isOn({ service }: ClientWriters, { services, bodyCarriers }: AwsSettings): boolean {
  return services.has(service) && (!isBodyCarrier(service) || bodyCarriers.has(service));
}

function isBodyCarrier(service: AwsService): service is BodyCarrier {
  return (BODY_CARRIERS as readonly AwsService[]).includes(service);
}

function targetOf(input: object, names: readonly string[]): unknown {
  const values = input as Record<string, unknown>;
  return names.map((name) => values[name]).find((value) => value !== undefined && value !== null);
}

/**
 * The input with which the operation carries the fields: a copy, or the given object itself where there is nothing to
 * write. Never changes the given object or anything in it. `fields` is asked at most once.
 */
export function injectInput(
  operation: Operation,
  input: object,
  fields: () => Fields,
  settings: AwsSettings,
  now: () => number = Date.now,
): object {
  const client = CLIENTS.get(operation.service);
  if (client === undefined || !isOn(client, settings)) return input;
  const { writers, targets } = client;
  const writer = Object.hasOwn(writers, operation.name) ? writers[operation.name] : undefined;
  if (writer === undefined) return input;
  // An entry of EventBridge names its own.
  if (settings.enabledFor !== undefined && targets.length > 0 && !isEnabledFor(targetOf(input, targets), settings))
    return input;
  return writer(input, fields, settings, now);
}
