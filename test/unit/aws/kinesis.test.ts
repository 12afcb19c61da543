import {
  KinesisClient,
  PutRecordCommand,
  type PutRecordCommandInput,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import { describe, expect, test } from 'vitest';
import { writePutRecord, writePutRecords } from '../../../src/aws/kinesis.ts';
import { type AwsSdkPluginOptions, awsConfiguration } from '../../../src/configuration/aws.ts';
import type { Fields } from '../../../src/propagation/fields.ts';
import { sentBody } from './sent-body.ts';

const FIELDS: Fields = {
  traceparent: '00-6b0305aa00000000079f1ce5c3953e3c-0252a07dde78ec70-01',
  tracestate: 'dd=s:1;o:"\\',
  'x-datadog-trace-id': '549189452716916284',
};
const MEMBER = `"_datadog":${JSON.stringify(FIELDS)}`;
const MIB = 1024 * 1024;

type Data = Uint8Array | string;

function write(record: object, fields: Fields = FIELDS): object {
  return writePutRecord(record, () => fields, awsConfiguration({ env: {} }), Date.now);
}

function writeAll(records: readonly unknown[], options: AwsSdkPluginOptions = {}): { Records: { Data: Data }[] } {
  const input = { StreamName: 'orders', Records: records };
  const written = writePutRecords(input, () => FIELDS, awsConfiguration({ env: {}, ...options }), Date.now);
  return written as { Records: { Data: Data }[] };
}

/** The bytes of the record that the stream gets. */
async function recordOf(data: Data): Promise<Buffer> {
  const record = write(Object.freeze({ StreamName: 'orders', PartitionKey: 'p', Data: data }));
  const { Data } = await sentBody(KinesisClient, new PutRecordCommand(record as PutRecordCommandInput));
  return Buffer.from(String(Data), 'base64');
}

const JSON_TEXT = '{"id":18446744073709551615, "name":"é\\u0041","id":1 }\n';
const WITH_MEMBER = `{"id":18446744073709551615, "name":"é\\u0041","id":1 ,${MEMBER}}\n`;
const bytes = (text: string) => new TextEncoder().encode(text);
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('the record on the wire', () => {
  test.each<[name: string, data: Data]>([
    ['bytes', bytes(JSON_TEXT)],
    ['a Buffer', Buffer.from(JSON_TEXT)],
    ['a view into more bytes', Buffer.from(`{"secret":1}${JSON_TEXT}{}`).subarray(12, -2)],
    ['text', JSON_TEXT],
  ])('has the context in JSON that is %s', async (_name, data) => {
    expect((await recordOf(data)).toString()).toBe(WITH_MEMBER);
  });

  test.each<[name: string, data: Data]>([
    ['bytes', bytes(base64(JSON_TEXT))],
    ['text', base64(JSON_TEXT)],
  ])('has it in base64 of JSON that is %s, still in base64', async (_name, data) => {
    expect((await recordOf(data)).toString()).toBe(base64(WITH_MEMBER));
  });

  test('has the newest context only', async () => {
    const forwarded = await recordOf(Buffer.from('{"_datadog":{"x-datadog-trace-id":"1"},"a":1,"\\u005fdatadog":2}'));
    expect(forwarded.toString()).toBe(`{"a":1,${MEMBER}}`);
    expect((await recordOf(forwarded)).toString()).toBe(`{"a":1,${MEMBER}}`);
  });

  test('of each of many has it, where it can', async () => {
    const { Records } = await sentBody(
      KinesisClient,
      new PutRecordsCommand({
        StreamName: 'orders',
        ...(writeAll([
          { PartitionKey: 'a', Data: bytes('{}') },
          { PartitionKey: 'b', Data: bytes('plain') },
          { PartitionKey: 'c', Data: bytes('{"c":1}') },
        ]) as { Records: { PartitionKey: string; Data: Uint8Array }[] }),
      }),
    );
    expect(Records).toEqual([
      { PartitionKey: 'a', Data: base64(`{${MEMBER}}`) },
      { PartitionKey: 'b', Data: base64('plain') },
      { PartitionKey: 'c', Data: base64(`{"c":1,${MEMBER}}`) },
    ]);
  });
});

describe('a record is left alone', () => {
  test.each<[name: string, data: unknown]>([
    ['without data', undefined],
    ['with no bytes', new Uint8Array()],
    ['with text', bytes('plain')],
    ['with a list', bytes('[{}]')],
    ['with lines of JSON', bytes('{"a":1}\n{"a":2}\n')],
    ['with a byte order mark', bytes('\ufeff{"a":1}')],
    ['with JSON that is no UTF-8', Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])],
    ['with half a surrogate pair in bytes', Buffer.from('7b2261223a22eda080227d', 'hex')],
    ['with JSON in UTF-16', Buffer.from('{"a":1}', 'utf16le')],
    ['compressed', Buffer.from('H4sIAAAAAAAAA6tWSlSyMqwFAMMFjSUHAAAA', 'base64')],
    ['with base64 of a list', bytes(base64('[1]'))],
    ['with base64 of no UTF-8', bytes('eyJhIjoi/yJ9')],
    ['with base64 without padding', bytes(base64('{"a":10}').replace(/=+$/, ''))],
    ['with base64 in lines', bytes(base64(JSON_TEXT).replace(/.{16}/g, '$&\n'))],
    ['with base64 for URLs', bytes(Buffer.from('{"a":"???>>>"}').toString('base64url'))],
    ['with base64 of which the last bits are lost', bytes('eyJhIjoxMH1=')],
    ['with an object', { a: 1 }],
    ['with an ArrayBuffer', bytes('{}').buffer],
    ['with numbers', [123, 125]],
  ])('%s', (_name, data) => {
    const record = Object.freeze({ PartitionKey: 'p', Data: data });
    expect(write(record)).toBe(record);
    const input = { Records: Object.freeze([record]) };
    const settings = awsConfiguration({ env: {} });
    expect(writePutRecords(input, () => FIELDS, settings, Date.now)).toBe(input);
  });

  test.each<[name: string, fields: Fields]>([
    ['no context', {}],
    ['baggage alone', { baggage: 'a=1' }],
  ])('where there is %s to write, and what it has stays', (_name, fields) => {
    const record = { PartitionKey: 'p', Data: bytes('{"_datadog":{"x-datadog-trace-id":"1"}}') };
    expect(write(record, fields)).toBe(record);
  });

  test.each([{}, { Records: undefined }, { Records: null }, { Records: 'x' }, { Records: [] }, { Records: [null, 1] }])(
    'in the input %j',
    (input) => {
      expect(writePutRecords(input, () => FIELDS, awsConfiguration({ env: {} }), Date.now)).toBe(input);
    },
  );
});

test('the caller’s bytes stay, and are not those that are sent', () => {
  const all = Buffer.from('{"secret":1}{"a":1}');
  const data = all.subarray(12);
  const { Data } = write(Object.freeze({ Data: data })) as { Data: Buffer };
  Data.fill(0);
  expect(all.toString()).toBe('{"secret":1}{"a":1}');
});

describe('the size of a record', () => {
  const added = Buffer.byteLength(`,${MEMBER}`);
  /** JSON of so many bytes. */
  const ofSize = (size: number) => Buffer.from(`{"é":"${'x'.repeat(size - 9)}"}`);

  test.each<[name: string, encode: (data: Buffer) => Data, PartitionKey: string]>([
    ['bytes', (data) => data, 'kéy'],
    ['text', (data) => data.toString(), 'kéy'],
    ['bytes without a partition key', (data) => data, ''],
  ])('of %s and of the partition key is a mebibyte at most', (_name, encode, PartitionKey) => {
    const room = MIB - Buffer.byteLength(PartitionKey) - added;
    const fits = { Data: encode(ofSize(room)), PartitionKey };
    const { Data } = write(fits) as { Data: Data };
    expect(Buffer.byteLength(Data) + Buffer.byteLength(PartitionKey)).toBe(MIB);
    const tooLong = { Data: encode(ofSize(room + 1)), PartitionKey };
    expect(write(tooLong)).toBe(tooLong);
  });

  test('is that of the base64', () => {
    const record = { Data: bytes(ofSize(MIB * 0.75 - added).toString('base64')), PartitionKey: '' };
    expect((write(record) as { Data: Buffer }).Data.byteLength).toBe(MIB);
    const tooLong = { ...record, PartitionKey: 'k' };
    expect(write(tooLong)).toBe(tooLong);
  });

  test('of all together is five mebibytes at most, and those before have it first', () => {
    const whole = { Data: Buffer.alloc(MIB, 'x'), PartitionKey: '' };
    const small = { Data: Buffer.from('{"a":1}'), PartitionKey: 'kk' };
    const rest = 9 * 3 + 2 * added;
    const filler = { Data: Buffer.alloc(MIB - rest, 'x'), PartitionKey: '' };
    const { Records } = writeAll([whole, whole, small, whole, small, whole, filler, small]);
    expect(Records.map(({ Data }) => String(Data).includes('_datadog'))).toEqual([
      false,
      false,
      true,
      false,
      true,
      false,
      false,
      false,
    ]);
    const total = Records.reduce((sum, { Data }) => sum + Buffer.byteLength(Data), 3 * 2);
    expect(total).toBe(5 * MIB);
  });
});

describe('of a batch', () => {
  const record = Object.freeze({ PartitionKey: 'p', Data: bytes('{}') });

  test('the first alone has it where the options say so', () => {
    const { Records } = writeAll([record, record], { batchPropagation: false });
    expect(Records.map(({ Data }) => String(Buffer.from(Data)))).toEqual([`{${MEMBER}}`, '{}']);
    const plain = { PartitionKey: 'p', Data: 'plain' };
    expect(writeAll([plain, record], { batchPropagation: false }).Records).toEqual([plain, record]);
  });

  test('what is no record stays where it is', () => {
    const { Records } = writeAll([null, record, undefined]);
    expect(Records).toEqual([null, { PartitionKey: 'p', Data: Buffer.from(`{${MEMBER}}`) }, undefined]);
  });
});
