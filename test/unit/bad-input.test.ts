import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  type TextMapGetter,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DatadogPropagator, extractEventContext, extractMessageContext } from '../../src/index.ts';
import { eventBridgeEvent, kinesisRecord, snsEnvelope, snsRecord, sqsRecord } from './deliveries.ts';

const propagator = new DatadogPropagator();

const TRACE_ID = '6b0305aa00000000079f1ce5c3953e3c';
const DATADOG = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '167372598629952624',
  'x-datadog-sampling-priority': '1',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000,_dd.p.dm=-0',
};
const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const INVALID_TRACEPARENT = `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`;
const base = propagation.setBaggage(
  trace.setSpanContext(ROOT_CONTEXT, { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }),
  propagation.createBaggage({ kept: { value: 'yes' } }),
);

const CONSOLE = ['debug', 'log', 'info', 'warn', 'error', 'trace'] as const;
const properties = Object.getOwnPropertyNames(Object.prototype);
let said: unknown[][];

beforeEach(() => {
  said = [];
  const listen = (...words: unknown[]) => {
    said.push(words);
    return true;
  };
  for (const method of CONSOLE) vi.spyOn(console, method).mockImplementation(listen);
  vi.spyOn(process.stderr, 'write').mockImplementation(listen);
  vi.spyOn(process, 'emitWarning').mockImplementation(listen);
});

afterEach(() => {
  vi.restoreAllMocks();
  expect(said, 'nothing is logged').toEqual([]);
  expect(Object.getOwnPropertyNames(Object.prototype), 'Object.prototype is as it was').toEqual(properties);
});

const utf8 = (text: string) => new TextEncoder().encode(text);
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** The carriers in which a `_datadog` of these bytes comes. */
function carriersOf(bytes: Uint8Array): [name: string, attribute: unknown][] {
  const text = Buffer.from(bytes).toString('utf8');
  return [
    ['a header', text],
    ['a header in bytes', Buffer.from(bytes)],
    ['an SDK String', { DataType: 'String', StringValue: text }],
    ['an SDK Binary', { DataType: 'Binary', BinaryValue: bytes }],
    ['a Lambda String', { dataType: 'String', stringValue: text }],
    ['a Lambda Binary', { dataType: 'Binary', binaryValue: base64(bytes) }],
    ['an SNS String', { Type: 'String', Value: text }],
    ['an SNS Binary', { Type: 'Binary', Value: base64(bytes) }],
  ];
}

const json = JSON.stringify(DATADOG);

describe.each<[name: string, value: string | Uint8Array]>([
  ['empty', ''],
  ['not JSON', 'hello'],
  ['JSON cut short', json.slice(0, -1)],
  ['an array', `[${json}]`],
  ['a string', JSON.stringify(json)],
  ['null', 'null'],
  ['true', 'true'],
  ['a number', '549189452716916284'],
  ['an empty object', '{}'],
  ['nested in an object', `{"_datadog":${json}}`],
  ['nested in each field', '{"x-datadog-trace-id":{"0":"1"},"x-datadog-parent-id":["2"],"traceparent":[["3"]]}'],
  ['16,000 arrays deep', `{"x-datadog-trace-id":${'['.repeat(8000)}${']'.repeat(8000)}}`],
  ['null in each field', '{"x-datadog-trace-id":null,"x-datadog-parent-id":null,"traceparent":null,"baggage":null}'],
  ['trace id 0', JSON.stringify({ ...DATADOG, 'x-datadog-trace-id': '0' })],
  ['trace id 2^64', JSON.stringify({ ...DATADOG, 'x-datadog-trace-id': '18446744073709551616' })],
  ['trace id in hex', JSON.stringify({ ...DATADOG, 'x-datadog-trace-id': '079f1ce5c3953e3c' })],
  ['trace id below 0', JSON.stringify({ ...DATADOG, 'x-datadog-trace-id': '-5' })],
  ['parent id 0 without a traceparent', JSON.stringify({ ...DATADOG, 'x-datadog-parent-id': '0' })],
  ['a context, but 1 MiB long', JSON.stringify({ ...DATADOG, padding: 'x'.repeat(1024 * 1024) })],
  ['a context in 1 MiB of spaces', `${' '.repeat(1024 * 1024)}${json}`],
  ['a context under __proto__', `{"__proto__":${json}}`],
  ['a context under constructor', `{"constructor":{"prototype":${json}},"prototype":${json}}`],
  [
    'bytes that are no UTF-8',
    Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}')]),
  ],
  ['UTF-16', Buffer.from(json, 'utf16le')],
])('a _datadog that is %s', (_name, value) => {
  const carriers = carriersOf(typeof value === 'string' ? utf8(value) : value);

  test.each(carriers)('as %s leaves the context as it is', (_name, attribute) => {
    const carrier = { _datadog: attribute };
    expect(propagator.extract(base, carrier, defaultTextMapGetter)).toBe(base);
    expect(extractMessageContext({ MessageAttributes: carrier }, base)).toBe(base);
    expect(extractMessageContext({ messageAttributes: carrier }, base)).toBe(base);
    expect(extractEventContext({ Records: [{ messageAttributes: carrier }] })).toBe(ROOT_CONTEXT);
  });

  test('in bodies, inputs, client contexts and the headers of a queue leaves the context as it is', () => {
    const text = Buffer.from(typeof value === 'string' ? utf8(value) : value).toString('utf8');
    const inJson = JSON.stringify({ _datadog: text });
    const attributes = { _datadog: { DataType: 'String', StringValue: text } };
    const records = [
      sqsRecord(snsEnvelope('hello', attributes)),
      sqsRecord(eventBridgeEvent(inJson)),
      sqsRecord(snsEnvelope(eventBridgeEvent(inJson))),
      sqsRecord(snsEnvelope(text)),
      sqsRecord(text),
      snsRecord('hello', attributes),
      snsRecord(eventBridgeEvent(inJson)),
      kinesisRecord(inJson),
    ];
    for (const record of records) expect(extractMessageContext(record, base)).toBe(base);
    const events = [{ Records: records }, JSON.parse(eventBridgeEvent(inJson)), { _datadog: text }];
    for (const event of events) expect(extractEventContext(event)).toBe(ROOT_CONTEXT);
    expect(extractEventContext({ headers: { 'x-aws-sqsd-attr-_datadog': text } })).toBe(ROOT_CONTEXT);
    expect(extractEventContext({}, { clientContext: { custom: { _datadog: text } } })).toBe(ROOT_CONTEXT);
  });

  test.each(carriers)('as %s does not take from a valid traceparent beside it', (_name, attribute) => {
    const carrier = { _datadog: attribute, traceparent: TRACEPARENT };
    const extracted = propagator.extract(base, carrier, defaultTextMapGetter);
    expect(trace.getSpanContext(extracted)?.spanId).toBe('00f067aa0ba902b7');
  });
});

const deep = (open: string, close: string, middle: string) => open.repeat(10_000) + middle + close.repeat(10_000);

describe.each<[name: string, body: unknown]>([
  ['a number', 7],
  ['true', true],
  ['an object that is no text', { detail: { _datadog: DATADOG } }],
  ['an array', `[{"detail":{"_datadog":${json}}}]`],
  ['JSON cut short', `{"detail":{"_datadog":${json}}`],
  ['followed by more', `{"detail":{"_datadog":${json}}}}`],
  ['after a byte order mark', `\ufeff{"detail":{"_datadog":${json}}}`],
  ['with numbers for objects', '{"detail":1,"MessageAttributes":2,"Message":3,"_datadog":4}'],
  ['with null for objects', '{"detail":null,"MessageAttributes":null,"Message":null,"_datadog":null}'],
  ['with arrays for objects', `{"detail":[${json}],"MessageAttributes":[{"_datadog":${json}}],"Message":["_datadog"]}`],
  ['with text for objects', `{"detail":"_datadog","MessageAttributes":"_datadog","Message":"_datadog"}`],
  ['with a number for _datadog', '{"detail":{"_datadog":1},"MessageAttributes":{"_datadog":1},"_datadog":1}'],
  ['with lists for _datadog', '{"detail":{"_datadog":[[1]]},"MessageAttributes":{"_datadog":[{}]},"_datadog":[]}'],
  ['with numbers for a type and a value', '{"MessageAttributes":{"_datadog":{"Type":1,"Value":2}}}'],
  ['with a Value that is no base64', '{"MessageAttributes":{"_datadog":{"Type":"Binary","Value":"{}"}}}'],
  ['10,000 objects deep', deep('{"_datadog":', '}', '1')],
  ['10,000 objects deep in detail', `{"detail":${deep('{"_datadog":', '}', '1')}}`],
  ['10,000 arrays deep in _datadog', `{"detail":{"_datadog":${deep('[', ']', '1')}}}`],
  ['10,000 arrays deep in traceparent', `{"detail":{"traceparent":${deep('[', ']', '')}}}`],
  ['10,000 envelopes deep in brackets', `{"_datadog":${'{"MessageAttributes":'.repeat(10_000)}`],
  ['with __proto__', `{"__proto__":{"detail":{"_datadog":${json}},"_datadog":${json}},"x":"_datadog"}`],
  ['with __proto__ in detail', `{"detail":{"__proto__":{"_datadog":${json}}}}`],
  ['with __proto__ in _datadog', `{"detail":{"_datadog":{"__proto__":${json}}}}`],
  [
    'with constructor and toString',
    '{"constructor":{"prototype":{"_datadog":1}},"detail":{"toString":1,"_datadog":{"toString":1}}}',
  ],
  ['1 MiB of text', `_datadog${'x'.repeat(1024 * 1024)}`],
  ['1 MiB of braces', `{"_datadog"${'{'.repeat(1024 * 1024 - 11)}`],
  ['1 MiB of quotes', `{"_datadog":{${'"'.repeat(1024 * 1024 - 13)}`],
  ['1 MiB of _datadog', `{${'"_datadog":{'.repeat(87_000)}`],
  ['1 MiB of digits', `{"_datadog":{"a":${'9'.repeat(1024 * 1024 - 20)}`],
  ['1 MiB of spaces', `${' '.repeat(1024 * 1024 - 1)}{`],
  ['1 MiB of base64', `ey${'A'.repeat(1024 * 1024)}`],
  ['1 MiB of spaces that begin as base64', `ey${' '.repeat(1024 * 1024 - 3)}!`],
  ['1 MiB of numbers', `{"_datadog":{"a":${'1234567890123456,'.repeat(61_000)}`],
  ['a context, but more than 1 MiB', `{"detail":{"_datadog":${json}},"x":"${'x'.repeat(1024 * 1024)}"}`],
])('a body that is %s', (_name, body) => {
  const data = typeof body === 'string' ? base64(utf8(body)) : body;
  const shapes: [name: string, message: unknown][] = [
    ['in the SDK', { Body: body }],
    ['in a record', sqsRecord(body as string)],
    ['in an envelope', sqsRecord(snsEnvelope(body as string))],
    ['in a notification', snsRecord(body as string)],
    ['as data in a record', { kinesis: { data } }],
    ['as data in the SDK', { Data: typeof body === 'string' ? utf8(body) : body }],
  ];

  test.each(shapes)('%s leaves the context as it is', (_shape, message) => {
    expect(extractMessageContext(message, base)).toBe(base);
    expect(extractEventContext({ Records: [message] })).toBe(ROOT_CONTEXT);
  });

  test('does not take from a valid attribute beside it', () => {
    const message = {
      Body: body,
      MessageAttributes: { traceparent: { DataType: 'String', StringValue: TRACEPARENT } },
    };
    expect(trace.getSpanContext(extractMessageContext(message, base))?.spanId).toBe('00f067aa0ba902b7');
  });
});

test.each<[name: string, event: unknown, lambdaContext?: unknown]>([
  ['a detail that is text', { 'detail-type': 'x', detail: '_datadog' }],
  ['a detail that throws', { detail: throwing() }],
  ['an input that throws', { _datadog: throwing(), Payload: throwing(), Execution: throwing() }],
  ['headers that throw', { headers: throwing() }],
  ['lists of headers that throw', { multiValueHeaders: { traceparent: [throwing()] } }],
  ['headers that are a list', { headers: [['traceparent', TRACEPARENT]] }],
  ['headers of numbers', { headers: { traceparent: 1, TRACESTATE: {}, 'x-datadog-trace-id': [[2]] } }],
  ['records that are no list', { Records: { 0: { Sns: {} }, length: 1 } }],
  ['records of records', { Records: [{ Records: [] }, [], [[]]] }],
  ['a client context that is text', {}, { clientContext: '{"custom":{}}' }],
  ['a client context that throws', {}, { clientContext: throwing() }],
  ['a client context whose custom throws', {}, { clientContext: { custom: throwing() } }],
  ['a client context of numbers', {}, { clientContext: { custom: { 'x-datadog-trace-id': 1.5, traceparent: 2 } } }],
  ['a context that throws', {}, throwing()],
  ['no context', null, null],
])('an event of %s has the root context', (_name, event, lambdaContext) => {
  expect(extractEventContext(event, lambdaContext)).toBe(ROOT_CONTEXT);
});

/** Throws whatever is asked of it. */
function throwing(): object {
  const fail = () => {
    throw new Error('not for you');
  };
  return new Proxy({}, { get: fail, has: fail, ownKeys: fail, getOwnPropertyDescriptor: fail });
}

test('a _datadog whose traceparent is invalid leaves the context as it is', () => {
  const _datadog = JSON.stringify({ traceparent: INVALID_TRACEPARENT });
  expect(propagator.extract(base, { _datadog }, defaultTextMapGetter)).toBe(base);
});

test('a _datadog whose traceparent is invalid leaves it to a valid one beside it', () => {
  const carrier = { _datadog: JSON.stringify({ traceparent: INVALID_TRACEPARENT }), traceparent: TRACEPARENT };
  const extracted = propagator.extract(base, carrier, defaultTextMapGetter);
  expect(trace.getSpanContext(extracted)?.spanId).toBe('00f067aa0ba902b7');
});

test.each([undefined, null, 0, 1, true, '', 'text', [], [[]], {}, () => {}, Symbol('carrier'), new Map(), new Date(0)])(
  'a _datadog that is %o, and no text at all',
  (attribute) => {
    expect(propagator.extract<object>(base, { _datadog: attribute }, defaultTextMapGetter)).toBe(base);
  },
);

describe('a number that JavaScript cannot hold is taken by its digits', () => {
  const ids = '"x-datadog-trace-id":13580154329220253476,"x-datadog-parent-id":18207688533711386874';
  const fields = `${ids},"x-datadog-sampling-priority":-1`;

  test.each([
    ['in one line', `{${fields}}`],
    ['pretty-printed', `{\n  ${fields.replaceAll(':', ' :  ').replaceAll(',', '\n  ,\t')}\r\n}`],
    ['beside text that looks like one', `{"note":"\\"18207688533711386874, 1e5\\\\",${fields},"x":"}-12"}`],
    ['beside exponents, fractions and nested numbers', `{"a":1e400,"b":-0.25E-7,"c":[1,{"d":2.5}],${fields}}`],
  ])('%s', (_name, value) => {
    const context = propagator.extract(ROOT_CONTEXT, { _datadog: value }, defaultTextMapGetter);
    const spanContext = trace.getSpanContext(context);
    expect(spanContext?.traceId).toBe('0000000000000000bc76666964280724');
    expect(spanContext?.spanId).toBe('fcaeb440c0d1f8fa');
    expect(spanContext?.traceFlags).toBe(0);
    expect(spanContext?.traceState?.get('dd')).toBe('s:-1');
  });

  test.each(['1.3580154329220253476e19', '13580154329220253476.0', '-13580154329220253476', '1e3', '-0', '1358E0'])(
    'and %s is no id',
    (number) => {
      const value = `{"x-datadog-trace-id":${number},"x-datadog-parent-id":2,"x-datadog-sampling-priority":1}`;
      expect(propagator.extract(base, { _datadog: value }, defaultTextMapGetter)).toBe(base);
    },
  );
});

describe('carriers, getters and setters that throw', () => {
  const fail = () => {
    throw new Error('not for you');
  };
  const hostile = new Proxy(
    {},
    { get: fail, set: fail, has: fail, ownKeys: fail, deleteProperty: fail, getOwnPropertyDescriptor: fail },
  );
  const valid = { ...DATADOG, traceparent: TRACEPARENT, baggage: 'k=v' };

  test('on extract', () => {
    const getter: TextMapGetter = { get: fail, keys: fail };
    expect(propagator.extract(base, valid, getter)).toBe(base);
    expect(propagator.extract(base, hostile, defaultTextMapGetter)).toBe(base);
    expect(
      propagator.extract(
        base,
        {
          ...valid,
          get _datadog() {
            return fail();
          },
        },
        defaultTextMapGetter,
      ),
    ).toBe(base);
  });

  test('on inject', () => {
    expect(() => propagator.inject(base, {}, { set: fail })).not.toThrow();
    expect(() => propagator.inject(base, hostile, defaultTextMapSetter)).not.toThrow();
  });

  test('on inject, after the first field', () => {
    const written: string[] = [];
    const setter: TextMapSetter = { set: (_carrier, name) => (written.length > 0 ? fail() : void written.push(name)) };
    expect(() => propagator.inject(base, {}, setter)).not.toThrow();
    expect(written).toHaveLength(1);
  });

  test('frozen carriers', () => {
    const attributes: TextMapSetter = {
      set: (carrier, name, value) => {
        carrier[name] = { DataType: 'String', StringValue: value };
      },
    };
    const carrier = Object.freeze({ ...valid });
    expect(() => propagator.inject(base, carrier, defaultTextMapSetter)).not.toThrow();
    expect(() => propagator.inject(base, carrier, attributes)).not.toThrow();
    expect(carrier).toEqual(valid);
    expect(trace.getSpanContext(propagator.extract(base, carrier, defaultTextMapGetter))?.traceId).toBe(TRACE_ID);
  });

  test.each([undefined, null, 1, 'text', true, Symbol('carrier')])('%o as the carrier', (carrier) => {
    expect(() => propagator.inject(base, carrier, defaultTextMapSetter)).not.toThrow();
    expect(propagator.extract(base, carrier, defaultTextMapGetter)).toBe(base);
  });

  test.each<[name: string, message: unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 1],
    ['text', 'text'],
    ['an array', []],
    ['empty', {}],
    ['one whose attributes are text', { MessageAttributes: 'text' }],
    ['one whose attributes throw', { MessageAttributes: hostile }],
  ])('a message that is %s', (_name, message) => {
    expect(extractMessageContext(message, base)).toBe(base);
    expect(extractEventContext({ Records: [message] })).toBe(ROOT_CONTEXT);
    expect(extractEventContext({ headers: message })).toBe(ROOT_CONTEXT);
    expect(extractEventContext(message)).toBe(ROOT_CONTEXT);
  });

  test('a message or an event that throws when it is read', () => {
    expect(extractMessageContext(hostile, base)).toBe(base);
    expect(extractEventContext(hostile)).toBe(ROOT_CONTEXT);
  });
});
