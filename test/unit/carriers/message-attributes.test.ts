import { describe, expect, test } from 'vitest';
import {
  contextAttributes,
  type MessageAttributes,
  readMessageAttribute,
  withContextAttributes,
} from '../../../src/carriers/message-attributes.ts';
import type { Fields } from '../../../src/propagation/fields.ts';

const withFields = (attributes: MessageAttributes | undefined, fields: Fields) =>
  withContextAttributes(attributes, contextAttributes(fields));

const FIELDS = {
  traceparent: '00-6b0305aa00000000079f1ce5c3953e3c-0252a07dde78ec70-01',
  tracestate: 'dd=s:1',
  'x-datadog-trace-id': '549189452716916284',
  baggage: 'a=1',
};
const OURS = ['_datadog', 'traceparent', 'tracestate', 'baggage'];
const text = (value: string) => ({ DataType: 'String', StringValue: value });

function own(count: number, others: MessageAttributes = {}): MessageAttributes {
  const names = Array.from({ length: count }, (_, index) => `own${index}`);
  return { ...Object.fromEntries(names.map((name) => [name, text('v')])), ...others };
}

/** An input that the test would see being changed: to write to it throws. */
function frozen(attributes: MessageAttributes): MessageAttributes {
  for (const attribute of Object.values(attributes)) Object.freeze(attribute);
  return Object.freeze(attributes);
}

const datadogText = (fields: Fields) => contextAttributes(fields)[0]?.attribute.StringValue ?? '';

describe('the text of an attribute', () => {
  const bytes = new TextEncoder().encode('{"a":"é"}');
  const base64 = Buffer.from(bytes).toString('base64');

  test.each<[name: string, attribute: unknown, text: string | undefined]>([
    ['an SDK String', { DataType: 'String', StringValue: 'x' }, 'x'],
    ['an SDK Binary', { DataType: 'Binary', BinaryValue: bytes }, '{"a":"é"}'],
    ['a view into more bytes', { BinaryValue: new Uint8Array([0, ...bytes, 0]).subarray(1, -1) }, '{"a":"é"}'],
    ['a Lambda String', { dataType: 'String', stringValue: 'x', binaryListValues: [] }, 'x'],
    ['a Lambda Binary', { dataType: 'Binary', binaryValue: base64, stringListValues: [] }, '{"a":"é"}'],
    ['an SNS String', { Type: 'String', Value: 'x' }, 'x'],
    ['an SNS String that looks like base64', { Type: 'String', Value: base64 }, base64],
    ['an SNS Binary', { Type: 'Binary', Value: base64 }, '{"a":"é"}'],
    ['a String with the Binary absent', { StringValue: 'x', BinaryValue: undefined }, 'x'],
    ['a Binary with the String null', { stringValue: null, binaryValue: base64 }, '{"a":"é"}'],
    ['bytes that are no UTF-8', { BinaryValue: new Uint8Array([0xc3, 0x28]) }, undefined],
    ['more bytes than any context has', { BinaryValue: new Uint8Array(32 * 1024 + 1) }, undefined],
    ['more base64 than any context has', { binaryValue: 'A'.repeat(32 * 1024 + 4) }, undefined],
    ['a number', { StringValue: 1 }, undefined],
    ['an empty object', {}, undefined],
    ['nothing', undefined, undefined],
    ['null', null, undefined],
    ['text that is no attribute', 'x', undefined],
  ])('%s', (_name, attribute, expected) => {
    expect(readMessageAttribute(attribute)).toBe(expected);
  });
});

describe('the slots that the own attributes leave', () => {
  test.each([
    [0, OURS],
    [6, OURS],
    [7, ['_datadog', 'traceparent', 'tracestate']],
    [8, ['_datadog', 'traceparent']],
    [9, ['_datadog']],
    [10, []],
  ])('%i own leave room for %j', (count, names) => {
    const attributes = withFields(frozen(own(count)), FIELDS);
    expect(Object.keys(attributes)).toEqual([...Object.keys(own(count)), ...names]);
    expect(attributes).toMatchObject(own(count));
  });

  test('the input itself comes back when there is none, what is more than ten is not ours to mend', () => {
    for (const count of [10, 11]) {
      const attributes = frozen(own(count));
      expect(withFields(attributes, FIELDS)).toBe(attributes);
    }
  });

  test('there are ten without any own', () => {
    expect(Object.keys(withFields(undefined, FIELDS))).toEqual(OURS);
  });

  test('_datadog holds every field, those beside it their own, all as Strings', () => {
    const { _datadog, ...beside } = withFields(undefined, FIELDS);
    expect(JSON.parse(_datadog?.StringValue ?? '')).toEqual(FIELDS);
    expect(_datadog?.DataType).toBe('String');
    expect(beside).toEqual({
      traceparent: text(FIELDS.traceparent),
      tracestate: text(FIELDS.tracestate),
      baggage: text(FIELDS.baggage),
    });
  });
});

describe('what an earlier send left', () => {
  const left = {
    _datadog: text('{"x-datadog-trace-id":"1"}'),
    traceparent: text('00-old'),
    tracestate: text('old=1'),
    baggage: text('old=1'),
  };

  test.each([0, 6, 9])('makes way, beside %i own, and is not counted', (count) => {
    const attributes = withFields(frozen(own(count, left)), FIELDS);
    const names = OURS.slice(0, Math.min(10 - count, 4));
    expect(Object.keys(attributes).sort()).toEqual([...Object.keys(own(count)), ...names].sort());
    expect(JSON.stringify(attributes)).not.toContain('old');
  });

  test('makes way even where less takes its place', () => {
    const { baggage, tracestate, ...fewer } = FIELDS;
    expect(Object.keys(withFields(frozen(own(0, left)), fewer)).sort()).toEqual(['_datadog', 'traceparent']);
  });

  test('as Binary too', () => {
    const binary = { _datadog: { DataType: 'Binary', BinaryValue: new TextEncoder().encode('{}') } };
    expect(withFields(frozen(binary), FIELDS)._datadog).toEqual(withFields(undefined, FIELDS)._datadog);
  });

  test.each([
    ['text', text('carry-on')],
    ['a list', text('hand,hold')],
    ['bytes', { DataType: 'Binary', BinaryValue: new Uint8Array([0xff]) }],
    ['a number', { DataType: 'Number', StringValue: '2' }],
  ])('an own baggage that is %s stays, and takes its slot', (_name, baggage) => {
    const attributes = withFields(frozen(own(0, { baggage })), FIELDS);
    expect(attributes.baggage).toEqual(baggage);
    expect(Object.keys(withFields(frozen(own(8, { baggage })), FIELDS))).toHaveLength(10);
  });
});

describe('the attributes of the fields', () => {
  test.each([
    [
      ['traceparent', 'tracestate'],
      ['_datadog', 'traceparent', 'tracestate'],
    ],
    [['traceparent', 'tracestate', 'x-datadog-trace-id', 'baggage'], OURS],
    [['x-datadog-trace-id'], ['_datadog']],
    // Nothing of Datadog's is in it.
    [['baggage'], ['baggage']],
    [[], []],
  ] as [(keyof typeof FIELDS)[], string[]][])('%j are %j', (names, expected) => {
    const fields = Object.fromEntries(names.map((name) => [name, FIELDS[name]]));
    expect(contextAttributes(fields).map(({ name }) => name)).toEqual(expected);
  });

  test('_datadog stays within 16 KiB: baggage is left out first', () => {
    const _datadog = (baggage: string) => datadogText({ ...FIELDS, baggage });
    expect(JSON.parse(_datadog('a=1'))).toHaveProperty('baggage');
    const { baggage, ...others } = FIELDS;
    expect(JSON.parse(_datadog(`a=${'v'.repeat(16 * 1024)}`))).toEqual(others);
  });

  test('_datadog stays within 16 KiB: longer tags are left out at last', () => {
    const { baggage, ...others } = FIELDS;
    const fields = { ...FIELDS, 'x-datadog-tags': `_dd.p.a=${'v'.repeat(17_000)}` };
    expect(JSON.parse(datadogText(fields))).toEqual(others);
  });

  test('_datadog stays within 16 KiB: foreign tracestate members are left out then', () => {
    const members = Array.from({ length: 31 }, (_, index) => `k${index}=${'"'.repeat(256)}`.padStart(512, 'k'));
    const fields = { ...FIELDS, tracestate: ['dd=s:1', ...members].join(',') };
    expect(datadogText(fields).length).toBeLessThanOrEqual(16 * 1024);
  });
});
