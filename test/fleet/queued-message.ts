import type { WireMessage } from '../peers/sqs-protocol.ts';

/** A message as SQS gives it to whom asks for everything. */
export interface QueuedMessage extends WireMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly MD5OfBody: string;
  readonly MD5OfMessageAttributes?: string;
  /** System attributes: `AWSTraceHeader`, `SentTimestamp`, … */
  readonly Attributes?: Readonly<Record<string, string>>;
}
