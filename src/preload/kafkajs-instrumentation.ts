import { KafkaJsInstrumentation } from '@opentelemetry/instrumentation-kafkajs';
import { copyWith } from '../carriers/copy';
import { isObject } from '../carriers/is-object';

// biome-ignore lint/suspicious/noExplicitAny: kafkajs' own types are the application's.
type Send = (...args: any[]) => unknown;
type Patch = (original: Send) => Send;

/** How contrib's instrumentation wraps a producer, within a transaction too. */
interface ProducerPatches {
  _getSendPatch(): Patch;
  _getSendBatchPatch(): Patch;
}

/**
 * contrib's instrumentation, which puts headers on the caller's messages: here on copies, since these may be frozen, or sent once more. What is no list
 * of messages goes past it, for kafkajs to say so.
 * https://github.com/open-telemetry/opentelemetry-js-contrib/blob/main/packages/instrumentation-kafkajs/src/instrumentation.ts
 */
export class KafkaInstrumentation extends KafkaJsInstrumentation {
  constructor() {
    super();
    const patches = this as unknown as ProducerPatches;
    const send = patches._getSendPatch;
    const sendBatch = patches._getSendBatchPatch;
    patches._getSendPatch = () => onCopies(send.call(this), withOwnMessages);
    patches._getSendBatchPatch = () => onCopies(sendBatch.call(this), withOwnTopicMessages);
  }
}

function onCopies(patch: Patch, copied: (input: unknown) => object | undefined): Patch {
  return (original) => {
    const traced = patch(original);
    return function (this: unknown, input: unknown, ...others: unknown[]) {
      const copy = copied(input);
      return copy === undefined ? original.call(this, input, ...others) : traced.call(this, copy, ...others);
    };
  };
}

interface Message {
  readonly headers?: object | undefined;
}
interface MessageList {
  readonly messages?: unknown;
}

function withOwnMessages(list: unknown): object | undefined {
  const { messages } = (isObject(list) ? list : {}) as MessageList;
  if (!Array.isArray(messages) || !messages.every(isObject)) return undefined;
  const own = messages.map((message: Message) => copyWith(message, { headers: { ...message.headers } }));
  return copyWith(list as MessageList, { messages: own });
}

function withOwnTopicMessages(batch: unknown): object | undefined {
  const { topicMessages } = (isObject(batch) ? batch : {}) as { readonly topicMessages?: unknown };
  if (!Array.isArray(topicMessages)) return undefined;
  const own = topicMessages.map(withOwnMessages);
  return own.includes(undefined) ? undefined : copyWith(batch as object, { topicMessages: own });
}
