import { copyWith } from '../carriers/copy';
import { bytesOf, textOfData } from '../carriers/json-body';
import { bodyContext, withBodyContext } from './body-context';
import { type Writer, withEntriesWithin } from './writer';

/**
 * Bytes of a record, and of all records of a request: data before base64, and partition keys. A stream may allow more, which no request says.
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
 */
const MAX_RECORD_BYTES = 1024 * 1024;
const MAX_REQUEST_BYTES = 5 * 1024 * 1024;

interface KinesisRecord {
  readonly Data?: unknown;
  readonly PartitionKey?: unknown;
}

/** Writes `_datadog` into data that is a JSON object, or base64 of one. */
export const writePutRecord: Writer = (input, fields) => {
  const context = bodyContext(fields());
  return context === undefined ? input : withContext(input, context);
};

/** The same of each record. */
export const writePutRecords: Writer = (input, fields, { batchPropagation }) => {
  const context = bodyContext(fields());
  if (context === undefined) return input;
  const write = (record: object) => withContext(record, context);
  return withEntriesWithin(MAX_REQUEST_BYTES, sizeOf, input, 'Records', write, batchPropagation.has('kinesis'));
};

function withContext(record: KinesisRecord, context: string): KinesisRecord {
  if (sizeOf(record) > MAX_RECORD_BYTES) return record;
  const data = withContextInside(record.Data, context);
  if (data === undefined) return record;
  const written = copyWith(record, { Data: data });
  return sizeOf(written) <= MAX_RECORD_BYTES ? written : record;
}

function withContextInside(data: unknown, context: string): string | Uint8Array | undefined {
  const bytes = bytesOfData(data);
  if (bytes === undefined) return undefined;
  const { text, isBase64 } = textOfData(bytes);
  const json = withBodyContext(text, context);
  const encoded = (plain: string) => (isBase64 ? Buffer.from(plain).toString('base64') : plain);
  // What is no UTF-8, or not the base64 that everybody writes, would become other bytes.
  if (json === undefined || !Buffer.from(encoded(text)).equals(bytes)) return undefined;
  return typeof data === 'string' ? encoded(json) : Buffer.from(encoded(json));
}

/** The SDK takes text too, and sends it as UTF-8. */
function bytesOfData(data: unknown): Buffer | undefined {
  if (typeof data === 'string') return Buffer.from(data);
  return data instanceof Uint8Array ? bytesOf(data) : undefined;
}

function sizeOf({ Data, PartitionKey }: KinesisRecord): number {
  const data = typeof Data === 'string' || Data instanceof Uint8Array ? Buffer.byteLength(Data) : 0;
  return data + (typeof PartitionKey === 'string' ? Buffer.byteLength(PartitionKey) : 0);
}
