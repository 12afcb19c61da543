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

/** How an operation is written; `undefined` where nothing ever is, whatever its input. */
export function writerOf({ service: client, name }: Operation, settings: AwsSettings): Writer | undefined {
  const found = CLIENTS.get(client);
  const writer = found && Object.hasOwn(found.writers, name) ? found.writers[name] : undefined;
  if (found === undefined || writer === undefined || !settings.services.has(found.service)) return undefined;
  if (isBodyCarrier(found.service) && !settings.bodyCarriers.has(found.service)) return undefined;
  if (settings.enabledFor === undefined || found.targets.length === 0) return writer;
  return (input, ...others) =>
    isEnabledFor(targetOf(input, found.targets), settings) ? writer(input, ...others) : input;
}

/** Whether the operation gives messages, from a queue or stream that is not switched off. */
export function isReceive({ service: client, name }: Operation, input: object, settings: AwsSettings): boolean {
  const found = CLIENTS.get(client);
  if (found?.receives !== name || !settings.services.has(found.service)) return false;
  return isEnabledFor(targetOf(input, found.targets), settings);
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
 * write. Never changes the given object or anything in it.
 */
export function injectInput(
  operation: Operation,
  input: object,
  fields: () => Fields,
  settings: AwsSettings,
  now: () => number = Date.now,
): object {
  return writerOf(operation, settings)?.(input, fields, settings, now) ?? input;
}
