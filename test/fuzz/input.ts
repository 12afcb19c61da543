import type { TextMapGetter } from '@opentelemetry/api';

/**
 * What the fuzzer's bytes stand for: three bytes that choose how to read them and how they are spelled, then fields with `SEPARATOR`
 * between them, each a byte for the name and its value. Everything is some input, so that no mutation is lost.
 */
export interface Input {
  readonly configuration: number;
  /** Where what came in goes: into the attributes of a message, or else into a text map. */
  readonly intoAttributes: boolean;
  readonly carrier: unknown;
  /** A member that somebody sets in the trace state in between. */
  readonly member: { readonly key: string; readonly value: string } | undefined;
  /** Of a span that somebody else made. */
  readonly ids: { readonly traceId: string; readonly spanId: string } | undefined;
}

/** Of the first byte: the lower half of it is the configuration. */
export const INTO_ATTRIBUTES = 0x10;
const WITH_MEMBER = 0x20;
/** The text is longer than anything that is read. */
const LONG = 0x40;
export const WITH_IDS = 0x80;
const CONFIGURATION = 0x0f;
const SPAN_ID_LENGTH = 16;
const LONG_LENGTH = 33_000;
const MEMBER_KEYS = ['dd', 'vendor', 'Illegal'] as const;

/** No byte of UTF-8. */
const SEPARATOR = 0xff;

/** Of a name byte: the field stands beside `_datadog`, where the others are inside. */
const BESIDE = 0x80;

/** Field names, in an order that the corpus depends on: append only. */
const NAMES = [
  'x-datadog-trace-id',
  'x-datadog-parent-id',
  'x-datadog-sampling-priority',
  'x-datadog-origin',
  'x-datadog-tags',
  'traceparent',
  'tracestate',
  'baggage',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-sampled',
  'x-b3-flags',
  'dd-pathway-ctx-base64',
  'AWSTraceHeader',
  '_datadog',
  '__proto__',
  'constructor',
  'x-custom',
] as const;

/** How bytes are text, in an order that the corpus depends on: append only. */
const ENCODINGS: readonly ((bytes: Buffer) => string)[] = [
  (bytes) => bytes.toString('latin1'),
  (bytes) => bytes.toString('utf8'),
  utf16,
];
const UTF8 = 1;

type Values = Map<string, string[]>;
interface Fields {
  readonly inside: Values;
  readonly beside: Values;
  /** All of the bytes, as text. */
  readonly text: string;
  readonly bytes: Buffer;
}

type Spelling = (fields: Fields) => unknown;

/** The carriers, in an order that the corpus depends on: append only. */
const SPELLINGS: readonly Spelling[] = [
  ({ inside }) => record(inside, joined),
  ({ inside }) => record(inside, (values) => (values.length > 1 ? values : values[0])),
  ({ inside }) => record(inside, (values) => Buffer.from(joined(values))),
  ({ inside }) => record(inside, sdkString),
  ({ inside }) => record(inside, (values) => ({ dataType: 'String', stringValue: joined(values) })),
  ({ inside, beside }) => ({ ...record(beside, joined), _datadog: record(inside, joined) }),
  ({ inside, beside }) => ({ ...record(beside, sdkString), _datadog: sdkString([json(inside)]) }),
  ({ inside, beside }) => ({ ...record(beside, sdkString), _datadog: lambdaBinary(Buffer.from(json(inside))) }),
  ({ text }) => ({ _datadog: text }),
  ({ text }) => ({ _datadog: sdkString([text]) }),
  ({ bytes }) => ({ _datadog: { DataType: 'Binary', BinaryValue: bytes } }),
  ({ bytes }) => ({ _datadog: lambdaBinary(bytes) }),
  ({ text }) => ({ _datadog: { dataType: 'Binary', binaryValue: text } }),
  ({ text }) => ({ _datadog: { Type: 'String', Value: text } }),
  ({ text }) => ({ _datadog: text, traceparent: '00-6b0305aa00000000079f1ce5c3953e3c-02529dff5c2440f0-01' }),
  ({ text }) => ({ _datadog: parsed(text) }),
  ({ text }) => ({ _datadog: { Type: 'Binary', Value: text } }),
  ({ inside, text }) => ({ ...record(inside, (values) => values), _datadog: text.length }),
  ({ text }) => text,
  ({ inside, beside }) => ({ ...record(beside, joined), ...queued(record(inside, joined)) }),
  ({ inside, beside }) => ({ ...record(beside, joined), ...queued({ _datadog: json(inside) }) }),
];

/** Index of a spelling for seeds. */
export const SPELLED = {
  textMap: 0,
  repeated: 1,
  buffers: 2,
  sdkAttributes: 3,
  lambdaAttributes: 4,
  parsedDatadog: 5,
  sdkDatadog: 6,
  lambdaDatadog: 7,
  text: 8,
  sdkText: 9,
  sdkBinary: 10,
  lambdaBinary: 11,
  parsedText: 15,
  queued: 19,
  queuedDatadog: 20,
} as const;

export function parseInput(data: Buffer): Input | undefined {
  const [first, spelling, encoding] = data;
  if (first === undefined || spelling === undefined || encoding === undefined) return undefined;
  const bytes = data.subarray(3);
  const toText = ENCODINGS[encoding % ENCODINGS.length] as (bytes: Buffer) => string;
  const spell = SPELLINGS[spelling % SPELLINGS.length] as Spelling;
  const { inside, beside } = fieldsOf(bytes, toText);
  const text = toText(bytes);
  const isLong = (first & LONG) !== 0;
  if (isLong) lengthen(inside);
  const carrier = spell({
    inside,
    beside,
    text: isLong ? text + ' '.repeat(LONG_LENGTH) : text,
    bytes: isLong ? Buffer.concat([bytes, Buffer.alloc(LONG_LENGTH, ' ')]) : bytes,
  });
  const custom = inside.get('x-custom')?.[0] ?? '';
  const member = {
    key: MEMBER_KEYS[spelling % MEMBER_KEYS.length] as string,
    value: beside.get('tracestate')?.[0] ?? custom,
  };
  return {
    configuration: first & CONFIGURATION,
    intoAttributes: (first & INTO_ATTRIBUTES) !== 0,
    carrier,
    member: (first & WITH_MEMBER) === 0 ? undefined : member,
    ids:
      (first & WITH_IDS) === 0
        ? undefined
        : { traceId: custom.slice(0, -SPAN_ID_LENGTH), spanId: custom.slice(-SPAN_ID_LENGTH) },
  };
}

/** The bytes of a seed. */
export function formatInput(
  configuration: number,
  spelling: number,
  inside: Readonly<Record<string, string>>,
  beside: Readonly<Record<string, string>> = {},
): Buffer {
  const field =
    (flag: number) =>
    ([name, value]: [string, string]) => {
      const index = NAMES.indexOf(name as (typeof NAMES)[number]);
      return index < 0 ? [] : [Buffer.concat([Buffer.from([flag | index]), Buffer.from(value)])];
    };
  const fields = [...Object.entries(inside).flatMap(field(0)), ...Object.entries(beside).flatMap(field(BESIDE))];
  const separated = fields.flatMap((bytes, index) => (index === 0 ? [bytes] : [Buffer.from([SEPARATOR]), bytes]));
  return Buffer.concat([Buffer.from([configuration, spelling, UTF8]), ...separated]);
}

/** A seed whose bytes are the text of a `_datadog`. */
export function formatTextInput(configuration: number, spelling: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([configuration, spelling, UTF8]), Buffer.from(text)]);
}

/** Contrib's getter sees less than `extract` looks at; this one is any map's. */
export const getter: TextMapGetter = {
  keys: (carrier) => Object.keys(carrier),
  get: (carrier, name) => carrier[name],
};

function fieldsOf(bytes: Buffer, toText: (part: Buffer) => string): Pick<Fields, 'inside' | 'beside'> {
  const inside: Values = new Map();
  const beside: Values = new Map();
  for (let start = 0; start < bytes.length; ) {
    const separator = bytes.indexOf(SEPARATOR, start);
    const end = separator < 0 ? bytes.length : separator;
    const first = bytes[start] ?? 0;
    const values = first & BESIDE ? beside : inside;
    const name = NAMES[(first & ~BESIDE) % NAMES.length] ?? '';
    const value = toText(bytes.subarray(start + 1, end));
    const known = values.get(name);
    if (known) known.push(value);
    else values.set(name, [value]);
    start = end + 1;
  }
  return { inside, beside };
}

/** With lone surrogates. Not `toString('utf16le')`: Node 24 writes beyond its own memory where the bytes begin at an odd address. */
function utf16(bytes: Buffer): string {
  let text = '';
  for (let index = 0; index + 1 < bytes.length; index += 2) text += String.fromCharCode(bytes.readUInt16LE(index));
  return text;
}

function record(values: Values, spell: (values: string[]) => unknown): Record<string, unknown> {
  // As `JSON.parse` makes it: `__proto__` is a key like any other.
  return Object.fromEntries([...values].map(([name, texts]) => [name, spell(texts)]));
}

/** The last value, many times over: a list of one item gets as many items. */
function lengthen(values: Values): void {
  const last = [...values.values()].at(-1);
  const value = last?.at(-1);
  if (last === undefined || !value) return;
  last[last.length - 1] = value.repeat(Math.ceil(LONG_LENGTH / value.length));
}

function joined(values: readonly string[]): string {
  return values.join(',');
}

/** As Elastic Beanstalk brings a message's attributes to a worker. */
function queued(attributes: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`x-aws-sqsd-attr-${name}`, value]));
}

function json(values: Values): string {
  return JSON.stringify(record(values, joined));
}

/** As a consumer gives it that has read the message already. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function sdkString(values: readonly string[]): object {
  return { DataType: 'String', StringValue: joined(values) };
}

function lambdaBinary(bytes: Buffer): object {
  return { dataType: 'Binary', binaryValue: bytes.toString('base64') };
}
