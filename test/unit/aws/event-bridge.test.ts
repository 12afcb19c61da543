import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { describe, expect, test } from 'vitest';
import { writePutEvents } from '../../../src/aws/event-bridge.ts';
import { type AwsSdkPluginOptions, awsConfiguration } from '../../../src/configuration/aws.ts';
import type { Fields } from '../../../src/propagation/fields.ts';
import { sentBody } from './sent-body.ts';

const FIELDS: Fields = {
  traceparent: '00-6b0305aa00000000079f1ce5c3953e3c-0252a07dde78ec70-01',
  'x-datadog-trace-id': '549189452716916284',
};
const NOW = 1_795_360_768_207;
const datadog = (bus: string, fields = FIELDS) => ({
  ...fields,
  'x-datadog-start-time': '1795360768207',
  'x-datadog-resource-name': bus,
});
const member = (bus: string, fields = FIELDS) => `"_datadog":${JSON.stringify(datadog(bus, fields))}`;

type Entries = readonly (PutEventsRequestEntry | null)[];

function write(entries: Entries, options: AwsSdkPluginOptions = {}, fields = FIELDS): PutEventsRequestEntry[] {
  const input = Object.freeze({ Entries: Object.freeze(entries.map((entry) => entry && Object.freeze(entry))) });
  const written = writePutEvents(
    input,
    () => fields,
    awsConfiguration({ env: {}, ...options }),
    () => NOW,
  );
  return (written as { Entries: PutEventsRequestEntry[] }).Entries;
}

const event = (Detail: string, others: PutEventsRequestEntry = {}) => ({
  Source: 's',
  DetailType: 'd',
  Detail,
  ...others,
});

describe('the events on the wire', () => {
  test('have the context last in the detail, when they were sent and by which bus, each its own', async () => {
    const Entries = write([
      event('{"id":18446744073709551615, "id":1 }', { EventBusName: 'orders' }),
      event('{}'),
      event('{"a":1}', { EventBusName: 'arn:aws:events:us-east-1:123456789012:event-bus/team/orders' }),
      event('{"a":1}', { EventBusName: '' }),
    ]);
    const sent = await sentBody(EventBridgeClient, new PutEventsCommand({ Entries: Entries.slice(0, 3) }));
    expect(sent.Entries).toEqual([
      event(`{"id":18446744073709551615, "id":1 ,${member('orders')}}`, { EventBusName: 'orders' }),
      event(`{${member('default')}}`),
      event(`{"a":1,${member('orders')}}`, {
        EventBusName: 'arn:aws:events:us-east-1:123456789012:event-bus/team/orders',
      }),
    ]);
    expect(Entries[3]?.Detail).toBe(`{"a":1,${member('default')}}`);
  });

  test('have what other tracers give them, all of it strings', () => {
    // As dd-trace-java 1.68.1 has it on the wire.
    const java =
      '{"k":1, "_datadog": {"x-datadog-trace-id":"4222098708591822064", "x-datadog-start-time": "1795360768207",  "x-datadog-resource-name": "default"}}';
    const [entry] = write([event('{"k":1}')], {}, { 'x-datadog-trace-id': '4222098708591822064' });
    expect(JSON.parse(entry?.Detail ?? '')).toEqual(JSON.parse(java));
  });

  test('have the newest context only', () => {
    const [first] = write([event('{"_datadog":{"x-datadog-trace-id":"1"},"a":1,"\\u005fdatadog":{}}')]);
    expect(first?.Detail).toBe(`{"a":1,${member('default')}}`);
    expect(write([event(first?.Detail ?? '')])[0]?.Detail).toBe(first?.Detail);
  });
});

describe('an event is left alone', () => {
  test.each<[name: string, detail: unknown]>([
    ['without a detail', undefined],
    ['with null', null],
    ['with nothing', ''],
    ['with text', 'plain'],
    ['with a list', '[{}]'],
    ['with a byte order mark', '\ufeff{}'],
    ['with trailing text', '{}x'],
    ['with an object that is no text', { a: 1 }],
    ['with bytes', Buffer.from('{}')],
  ])('%s, and the one beside it is not', (_name, detail) => {
    const alone = { Source: 's', DetailType: 'd', Detail: detail } as PutEventsRequestEntry;
    const [first, second] = write([alone, event('{}')]);
    expect(first).toBe(alone);
    expect(second?.Detail).toBe(`{${member('default')}}`);
  });

  test.each([{}, { Entries: null }, { Entries: [] }, { Entries: [null, 'x', event('plain')] }])('in %j', (input) => {
    expect(
      writePutEvents(
        input,
        () => FIELDS,
        awsConfiguration({ env: {} }),
        () => NOW,
      ),
    ).toBe(input);
  });

  test.each<[name: string, fields: Fields]>([
    ['no context', {}],
    ['baggage alone', { baggage: 'a=1' }],
  ])('where there is %s to write, and what it has stays', (_name, fields) => {
    const forwarded = event('{"_datadog":{"x-datadog-trace-id":"1"}}');
    expect(write([forwarded], {}, fields)[0]).toBe(forwarded);
  });

  test('on a bus that is not enabled', () => {
    const entries = [
      event('{}'),
      event('{}', { EventBusName: 'orders' }),
      event('{}', { EventBusName: 'arn:aws:events:us-east-1:123456789012:event-bus/orders-eu' }),
    ];
    const written = (enabledFor: string[]) => write(entries, { enabledFor }).map(({ Detail }) => Detail !== '{}');
    expect(written(['orders*'])).toEqual([false, true, true]);
    expect(written(['default'])).toEqual([true, false, false]);
  });

  test('behind the first one, where the options say so', () => {
    const written = write([event('{}'), event('{}')], { batchPropagation: false });
    expect(written.map(({ Detail }) => Detail)).toEqual([`{${member('default')}}`, '{}']);
  });
});

describe('the size of the events', () => {
  const LIMIT = 255 * 1024;
  const added = Buffer.byteLength(`,${member('default')}`);
  /** A detail of so many bytes. */
  const ofSize = (size: number) => `{"é":"${'x'.repeat(size - 9)}"}`;
  const has = ({ Detail }: PutEventsRequestEntry) => Detail?.includes('_datadog');

  test.each<[name: string, others: PutEventsRequestEntry, bytes: number]>([
    ['the detail', { Source: '', DetailType: '' }, 0],
    ['source and type', { Source: 'é', DetailType: 'abc' }, 5],
    ['resources', { Source: '', DetailType: '', Resources: ['é', 'ab'] }, 4],
    ['the time', { Source: '', DetailType: '', Time: new Date(0) }, 14],
    ['no bus and no trace header', { Source: '', DetailType: '', EventBusName: 'default', TraceHeader: 'Root=1' }, 0],
  ])('leaves room for an envelope within 256 KiB, and counts %s', (_name, others, bytes) => {
    const room = LIMIT - bytes - added;
    expect(write([event(ofSize(room), others)]).map(has)).toEqual([true]);
    expect(write([event(ofSize(room + 1), others)]).map(has)).toEqual([false]);
  });

  test('is that of all together, and those before have the context first', () => {
    const small = '{"a":1}';
    const filler = (size: number) => event('x'.repeat(size));
    // Source and type are two bytes each time.
    const room = LIMIT - 3 * 2 - 2 * (small.length + added);
    expect(write([event(small), filler(room), event(small)]).map(has)).toEqual([true, false, true]);
    expect(write([event(small), filler(room + 1), event(small)]).map(has)).toEqual([true, false, false]);
  });
});

describe('what stands beside the fields', () => {
  test('is left out where all would be longer than any consumer of ours reads', () => {
    const room = 16 * 1024 - JSON.stringify({ ...FIELDS, baggage: '' }).length;
    const full = { ...FIELDS, baggage: 'x'.repeat(room) };
    const [entry] = write([event('{}')], {}, full);
    expect(JSON.parse(entry?.Detail ?? '')).toEqual({ _datadog: full });
    const shorter = { ...FIELDS, baggage: 'x'.repeat(room - 200) };
    expect(JSON.parse(write([event('{}')], {}, shorter)[0]?.Detail ?? '')).toEqual({
      _datadog: datadog('default', shorter),
    });
  });

  test.each(['büs', 'bus\n'])('has no name that no header can hold: %j', (EventBusName) => {
    const [entry] = write([event('{}', { EventBusName })]);
    const { 'x-datadog-resource-name': _name, ...others } = datadog('');
    expect(JSON.parse(entry?.Detail ?? '')).toEqual({ _datadog: others });
  });

  test('is JSON, whatever the name', () => {
    const [entry] = write([event('{}', { EventBusName: '"\\' })]);
    expect(JSON.parse(entry?.Detail ?? '')).toEqual({ _datadog: datadog('"\\') });
  });
});
