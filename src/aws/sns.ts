import { contextAttributes } from '../carriers/message-attributes';
import { MAX_SNS_BYTES } from '../carriers/message-size';
import { withContext, withContextOnEach } from './attributed-message';
import type { Writer } from './writer';

interface Publish {
  readonly TopicArn?: unknown;
  readonly TargetArn?: unknown;
}

/** Nothing reads attributes behind a phone number, or on a device (`:endpoint/` in the ARN). */
export const writePublish: Writer = (input, fields, { snsDataType }) => {
  const { TopicArn, TargetArn } = input as Publish;
  const target = TopicArn ?? TargetArn;
  if (typeof target !== 'string' || target.includes(':endpoint/')) return input;
  const context = contextAttributes(fields(), snsDataType);
  return context.length === 0 ? input : withContext(input, context, MAX_SNS_BYTES);
};

export const writePublishBatch: Writer = (input, fields, { snsDataType, batchPropagation }) => {
  const context = contextAttributes(fields(), snsDataType);
  if (context.length === 0) return input;
  return withContextOnEach(
    input,
    'PublishBatchRequestEntries',
    (message) => withContext(message, context, MAX_SNS_BYTES),
    context,
    MAX_SNS_BYTES,
    batchPropagation.has('sns'),
  );
};
