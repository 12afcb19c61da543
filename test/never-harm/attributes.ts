import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Random } from '../differential/random.ts';
import { textOf } from './text.ts';

/** An attribute of a message, as the SDK's clients of SQS and SNS have it. */
interface Attribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: Uint8Array;
}
export type Attributes = Record<string, Attribute>;

const CONTEXT_NAMES: readonly string[] = ['_datadog', 'traceparent', 'tracestate', 'baggage'];
const MAX_ATTRIBUTES = 10;

/** Near ours, or near what JavaScript has names for. */
const NEAR_NAMES = [
  '_Datadog',
  '_datadog2',
  '_datadog.x',
  'datadog',
  'Traceparent',
  'TRACEPARENT',
  'traceparent-',
  'tracestate_',
  'Baggage',
  'baggage2',
  'x-datadog-trace-id',
  'x-datadog-tags',
  'b3',
  'AWSTraceHeader',
  'constructor',
  'toString',
  'hasOwnProperty',
  '__proto__',
  '0',
  '7',
];
const STRING_TYPES = ['String', 'String', 'String', 'String.foo', 'String.Array', 'String._datadog'];
const NUMBER_TYPES = ['Number', 'Number', 'Number.int', 'Number.double'];
const BINARY_TYPES = ['Binary', 'Binary', 'Binary.gif', 'Binary.x-datadog'];
const NUMBERS = ['0', '-1', '12345678901234567890.5', '1e10', '007', '3.14'];
const OWN_BAGGAGE: readonly (() => Attribute)[] = [
  () => ({ DataType: 'String', StringValue: 'two suitcases' }),
  () => ({ DataType: 'Binary', BinaryValue: Uint8Array.from([0xff, 0x00]) }),
  () => ({ DataType: 'Number', StringValue: '23' }),
];
const STALE: readonly (readonly [string, string])[] = [
  ['_datadog', '{"x-datadog-trace-id":"7","x-datadog-parent-id":"8"}'],
  ['traceparent', '00-00000000000000000000000000000007-0000000000000008-01'],
  ['tracestate', 'dd=s:2;p:0000000000000008'],
  ['baggage', 'user.id=41'],
];

/** None to ten own attributes, seldom one too many or one that no service takes; or `undefined`, or what a forwarder got. */
export function randomAttributes(random: Random): Attributes | undefined {
  if (random.chance(10)) return undefined;
  const attributes = new Map<string, Attribute>();
  if (random.chance(10)) for (const [name, value] of STALE) if (random.chance(60)) attributes.set(name, string(value));
  // What takes the place of an earlier context can make a message of eleven good.
  const count = attributes.size === 0 && random.chance(2) ? 11 : random.pick([0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]);
  if (random.chance(6)) attributes.set('baggage', random.pick(OWN_BAGGAGE)());
  while (attributes.size < count) attributes.set(randomName(random), randomAttribute(random));
  return Object.fromEntries(attributes);
}

function randomName(random: Random): string {
  if (random.chance(12)) return random.pick(NEAR_NAMES);
  if (random.chance(2)) return `${random.hex(8)}${'n'.repeat(248)}`;
  return `own-${random.hex(random.between(1, 8))}`;
}

function randomAttribute(random: Random): Attribute {
  if (random.chance(1)) return random.pick(BAD_ATTRIBUTES)();
  const kind = random.below(10);
  if (kind < 5) return string(textOf(random, random.between(1, 60)), random.pick(STRING_TYPES));
  if (kind < 7) return string(random.pick(NUMBERS), random.pick(NUMBER_TYPES));
  return { DataType: random.pick(BINARY_TYPES), BinaryValue: randomBytes(random) };
}

/** The types do not allow all of these, and JavaScript does not ask. */
const BAD_ATTRIBUTES: readonly (() => Attribute)[] = [
  () => ({ DataType: 'String', StringValue: '' }),
  () => ({ DataType: 'Foo', StringValue: 'x' }),
  () => ({ DataType: 'String' }),
  () => ({ DataType: 'Number', StringValue: 'many' }),
  () => ({ DataType: 'Binary', BinaryValue: new Uint8Array(0) }),
  () => ({ StringValue: 'x' }) as unknown as Attribute,
  () => undefined as unknown as Attribute,
  () => null as unknown as Attribute,
];

function randomBytes(random: Random): Uint8Array {
  const bytes = Uint8Array.from({ length: random.between(1, 40) }, () => random.below(256));
  // A view of more than it shows, as Node's pooled buffers are.
  if (random.chance(30)) return bytes.subarray(random.below(bytes.length));
  return random.chance(50) ? Buffer.from(bytes) : bytes;
}

function string(StringValue: string, DataType = 'String'): Attribute {
  return { DataType, StringValue };
}

/** Bytes that SQS and SNS count of the attributes: names, types and values. */
export function attributesSize(attributes: Attributes | undefined): number {
  let size = 0;
  for (const [name, attribute] of Object.entries(attributes ?? {})) {
    size += Buffer.byteLength(name) + Buffer.byteLength(attribute?.DataType ?? '');
    size += Buffer.byteLength(attribute?.StringValue ?? '') + (attribute?.BinaryValue?.length ?? 0);
  }
  return size;
}

/** Whether the attribute is a tracer's: what a send with a context replaces. */
function isContext(name: string, attribute: (Attribute & { Value?: string }) | undefined): boolean {
  if (name === 'baggage') return (attribute?.StringValue ?? attribute?.Value ?? '').includes('=');
  return CONTEXT_NAMES.includes(name);
}

/**
 * What the attributes that an application reads with the bridge have that those without it have not, or the other way round, and
 * ought not to. A reader that hides the context takes its attributes off, but for the names that the application `asked` for.
 */
export function attributeProblems(
  plain: Readonly<Record<string, unknown>> = {},
  bridged: Readonly<Record<string, unknown>> = {},
  { empty, hidden, asked }: { empty: boolean; hidden: boolean; asked: readonly string[] },
): string[] {
  const problems: string[] = [];
  for (const [name, attribute] of Object.entries(plain)) {
    if ((!empty || hidden) && isContext(name, attribute as Attribute)) continue;
    if (!isDeepStrictEqual(attribute, bridged[name])) {
      problems.push(`attribute ${name} is ${shown(bridged[name])} and not ${shown(attribute)}`);
    }
  }
  const added = Object.keys(bridged).filter((name) => !Object.hasOwn(plain, name));
  for (const name of added) {
    const mayBeAdded = CONTEXT_NAMES.includes(name) && !empty && (!hidden || asked.includes(name));
    if (!mayBeAdded) problems.push(`attribute ${name} is added`);
  }
  if (added.length > 0 && Object.keys(bridged).length > MAX_ATTRIBUTES) problems.push('there are over ten attributes');
  return problems;
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 200) ?? 'missing';
}

/**
 * The digest by which SDKs check attributes.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
export function attributesMd5(attributes: Attributes | undefined): string | undefined {
  const names = Object.keys(attributes ?? {}).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (attributes === undefined || names.length === 0) return undefined;
  const hash = createHash('md5');
  const add = (bytes: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const { DataType, StringValue, BinaryValue } = attributes[name] ?? { DataType: '' };
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    hash.update(Uint8Array.of(BinaryValue === undefined ? 1 : 2));
    add(BinaryValue ?? Buffer.from(StringValue ?? ''));
  }
  return hash.digest('hex');
}
