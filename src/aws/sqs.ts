import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { asksForAll, namesWith } from '../carriers/asked-names';
import { copyWith } from '../carriers/copy';
import {
  CONTEXT_ATTRIBUTE_NAMES,
  contextAttributes,
  type MessageAttributes,
  SYSTEM_ATTRIBUTE_NAMES,
} from '../carriers/message-attributes';
import { MAX_SQS_BYTES, type SizedMessage } from '../carriers/message-size';
import type { Fields } from '../propagation/fields';
import { DEFAULT_SETTINGS, type ExtractSettings } from '../propagation/propagation-settings';
import { extractFields } from '../propagation/text-map';
import { AWS_TRACE_HEADER, formatXRay } from '../propagation/x-ray';
import { type WriteMessage, withContext, withContextOnEach } from './attributed-message';
import type { Writer } from './writer';

interface SqsMessage extends SizedMessage {
  readonly MessageSystemAttributes?: MessageAttributes;
}

export const writeSendMessage: Writer = (input, fields, { awsTraceHeader }, now) => {
  const made = fields();
  const context = contextAttributes(made);
  if (context.length === 0) return input;
  const written = withContext(input, context, MAX_SQS_BYTES);
  return written === input && awsTraceHeader ? withTraceHeader(input, traceHeader(made, now)) : written;
};

export const writeSendMessageBatch: Writer = (input, fields, { awsTraceHeader, batchPropagation }, now) => {
  const made = fields();
  const context = contextAttributes(made);
  if (context.length === 0) return input;
  const header = awsTraceHeader ? traceHeader(made, now) : undefined;
  const write: WriteMessage = (message) => {
    const written = withContext(message, context, MAX_SQS_BYTES);
    return written === message ? withTraceHeader(message, header) : written;
  };
  return withContextOnEach(input, 'Entries', write, context, MAX_SQS_BYTES, batchPropagation.has('sqs'));
};

/** The header does not count among the ten, nor in the size. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html */
function withTraceHeader(message: SqsMessage, header: string | undefined): SqsMessage {
  const own = message.MessageSystemAttributes ?? {};
  if (header === undefined || AWS_TRACE_HEADER in own) return message;
  const attribute = { DataType: 'String', StringValue: header };
  return copyWith(message, { MessageSystemAttributes: copyWith(own, { [AWS_TRACE_HEADER]: attribute }) });
}

/** The header is Datadog's form of X-Ray's: it says what Datadog's headers say. */
const READ_DATADOG: ExtractSettings = { ...DEFAULT_SETTINGS, extractStyles: ['datadog'] };

function traceHeader(fields: Fields, now: () => number): string | undefined {
  const spanContext = trace.getSpanContext(extractFields(ROOT_CONTEXT, [(name) => fields[name]], READ_DATADOG));
  return spanContext && formatXRay(spanContext, now() / 1000);
}

interface ReceiveMessage {
  readonly MessageAttributeNames?: unknown;
  readonly MessageSystemAttributeNames?: unknown;
  readonly AttributeNames?: unknown;
}

/** A queue gives only the attributes that it is asked for. */
export const askForContext: Writer = (input) => {
  const { MessageAttributeNames, MessageSystemAttributeNames, AttributeNames } = input as ReceiveMessage;
  // Older clients know the older name alone, and one that is not used already might be taken for the only one.
  const systemNames = MessageSystemAttributeNames === undefined ? 'AttributeNames' : 'MessageSystemAttributeNames';
  const names = namesWith(MessageAttributeNames, CONTEXT_ATTRIBUTE_NAMES);
  const system = [MessageSystemAttributeNames, AttributeNames].some((asked) =>
    asksForAll(asked, SYSTEM_ATTRIBUTE_NAMES),
  )
    ? undefined
    : namesWith(
        systemNames === 'AttributeNames' ? AttributeNames : MessageSystemAttributeNames,
        SYSTEM_ATTRIBUTE_NAMES,
      );
  if (names === undefined && system === undefined) return input;
  return copyWith(input, {
    ...(names && { MessageAttributeNames: names }),
    ...(system && { [systemNames]: system }),
  });
};
