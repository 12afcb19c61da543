import { asksForAll, namesWith } from '../../carriers/asked-names';
import { copyWith } from '../../carriers/copy';
import { isObject } from '../../carriers/is-object';
import { CONTEXT_ATTRIBUTE_NAMES, SYSTEM_ATTRIBUTE_NAMES } from '../../carriers/message-attributes';
import { withMessageContext } from '../message-context';
import { processMessages } from './process-span';
import { tracedFunction } from './traced-function';

/** What is looked at of the options for sqs-consumer's `Consumer.create`. */
export interface SqsConsumerOptions {
  queueUrl: string;
  attributeNames?: readonly string[] | undefined;
  messageAttributeNames?: readonly string[] | undefined;
  messageSystemAttributeNames?: readonly string[] | undefined;
  handleMessage?(message: unknown): unknown;
  handleMessageBatch?(messages: unknown[]): unknown;
}

/**
 * The options for sqs-consumer's `Consumer.create`, with `handleMessage` in a span that is the child of the one which sent the message, and
 * `handleMessageBatch` in the child of the first message's with a context, linked to the others'. The queue is asked for the attributes that
 * carry a context and for when the message was sent, beside those that the options name. The given options are not changed.
 * https://bbc.github.io/sqs-consumer/interfaces/ConsumerOptions.html
 */
export function traced<Options extends SqsConsumerOptions>(options: Options): Options {
  if (!isObject(options)) return options;
  const { queueUrl, handleMessage, handleMessageBatch } = options;
  const source = { destination: typeof queueUrl === 'string' ? queueUrl.split('/').at(-1) : undefined };
  const changes: Partial<SqsConsumerOptions> = namesToAskFor(options);
  if (handleMessage) {
    changes.handleMessage = tracedFunction(handleMessage, (call, [message]) =>
      withMessageContext(message, call, source),
    );
  }
  if (handleMessageBatch) {
    changes.handleMessageBatch = tracedFunction(handleMessageBatch, (call, [messages]) =>
      processMessages(messages, source, call),
    );
  }
  return copyWith(options, changes as Partial<Options>);
}

function namesToAskFor(options: SqsConsumerOptions): Partial<SqsConsumerOptions> {
  const { messageAttributeNames, messageSystemAttributeNames: newer, attributeNames: older } = options;
  const names = namesWith(messageAttributeNames, CONTEXT_ATTRIBUTE_NAMES);
  const changes: Partial<SqsConsumerOptions> = names ? { messageAttributeNames: names } : {};
  if (asksForAll(newer, SYSTEM_ATTRIBUTE_NAMES) || asksForAll(older, SYSTEM_ATTRIBUTE_NAMES)) return changes;
  // Of two lists, a queue might take the newer for the only one.
  const isOlder = !newer?.length && Boolean(older?.length);
  const systemNames = namesWith(isOlder ? older : newer, SYSTEM_ATTRIBUTE_NAMES);
  return { ...changes, [isOlder ? 'attributeNames' : 'messageSystemAttributeNames']: systemNames };
}
