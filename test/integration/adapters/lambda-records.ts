import type { DynamoDBRecord, KinesisStreamRecord, SQSRecord } from 'aws-lambda';
import { injectMessageAttributes, type MessageAttribute } from '../../../src/index.ts';
import { kinesisRecord, sqsRecord } from '../../unit/deliveries.ts';
import { type Ids, inProducer } from './spans.ts';

type Attributes = Record<string, MessageAttribute>;

/** A record of SQS's, sent from a trace of its own. */
export async function sentRecord(id: string, group?: string): Promise<{ record: SQSRecord; sender: Ids }> {
  let attributes: Attributes = {};
  const sender = await inProducer(() => {
    attributes = injectMessageAttributes();
  });
  return { record: recordOf(id, attributes, group), sender };
}

/** A record of SQS's with these attributes as its message's. */
export function recordOf(id: string, attributes: Attributes = {}, group?: string): SQSRecord {
  const record = sqsRecord(`{"order":"${id}"}`, attributes) as unknown as SQSRecord;
  const system = { ...record.attributes, ...(group !== undefined && { MessageGroupId: group }) };
  return { ...record, messageId: id, attributes: system };
}

export function streamRecord(sequenceNumber: string, data: string): KinesisStreamRecord {
  const record = kinesisRecord(data) as unknown as KinesisStreamRecord;
  return { ...record, kinesis: { ...record.kinesis, sequenceNumber } };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
export function tableRecord(SequenceNumber: string): DynamoDBRecord {
  return {
    eventID: `e-${SequenceNumber}`,
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    eventSourceARN: 'arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-11-24T12:00:00.000',
    dynamodb: {
      ApproximateCreationDateTime: 1795359982,
      Keys: { Id: { N: '101' } },
      SequenceNumber,
      SizeBytes: 26,
      StreamViewType: 'KEYS_ONLY',
    },
  };
}
