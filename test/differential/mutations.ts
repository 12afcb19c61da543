import type { Headers } from './peer.ts';
import type { Random } from './random.ts';

type Mutation = (headers: Record<string, string>, random: Random) => void;

const NAMES = [
  'x-datadog-trace-id',
  'x-datadog-parent-id',
  'x-datadog-sampling-priority',
  'x-datadog-origin',
  'x-datadog-tags',
  'traceparent',
  'tracestate',
  'baggage',
];

const ODD_IDS = [
  '0',
  '00',
  '9223372036854775808',
  '18446744073709551615',
  '18446744073709551616',
  '36893488147419103233',
  '99999999999999999999999',
  '-5',
  '-0',
  '+7',
  '12ab',
  '0x1f',
  '1e3',
  '1.5',
  '007',
  '00000000000000000000000000000012',
  ' 12',
  '12 ',
  '1_000',
  '',
  'abc',
  '4bf92f3577b34da6',
];
const ODD_PRIORITIES = [
  '',
  'abc',
  '3',
  '-2',
  '99',
  '1.5',
  '1e0',
  ' 1',
  '1 ',
  '01',
  '+1',
  '-0',
  '0x1',
  '9999999999',
  'true',
];
const ODD_UPPER_HALVES = [
  '',
  '0',
  '0000000000000000',
  '1234',
  '6B0305AA12345678',
  '6b0305aa12345678f',
  'zzzzzzzzzzzzzzzz',
  '6b0305aa1234567 ',
  '-6b0305aa1234567',
];
const ODD_FLAGS = ['00', '02', '03', '04', 'ff', 'fe', '80', '0', '1', '001', 'zz', '0A', ''];
const ODD_VERSIONS = ['01', 'cc', 'ff', 'FF', '0', '000', 'zz', 'CC', ''];
const TAILS = ['-', '-tail', '.tail', '-00', '-a,b', ' ', '\t', '-01-02'];
const ODD_MEMBERS = [
  'dd=',
  'dd',
  '=x',
  'UP=1',
  '',
  ' ',
  'a=b=c',
  'a@b=1',
  '1a=2',
  'x=',
  'ot=',
  'ot=rv:1;th:z',
  'ot=x:y;rv:zz',
  'a=\t',
];
const ODD_TAGS = [
  '_dd.p.dm',
  '_dd.p.=x',
  '_dd.p.x=',
  'foo=bar',
  '_dd.p.a b=c',
  '_dd.p.x=a=b',
  '_dd.p.dm=-4',
  '_dd.p.dm=--1',
  '_dd.p.dm=4',
  '_dd.p.dm=abc',
  '_dd.p.ts=02',
  '_dd.p.upstream_services=x',
  ' _dd.p.x=y ',
  '=',
  '',
];
const ODD_PAIRS = [
  '',
  ' ',
  'a',
  '=b',
  'a=',
  'a=b=c',
  'a b=c',
  ' a = b ',
  'a=%zz',
  'a=%C3',
  'a%20b=c',
  'k=v;p',
  'k=v;p=1;q',
  ';=x',
  '(=x',
  'é=1',
  'a="q"',
  'a=b c',
  '__proto__=x',
];
const ODD_SUB_KEYS = [
  's:',
  's:abc',
  's:5',
  's:-3',
  'o:',
  'o:rum',
  'p:',
  'p:XX!X',
  'p:0123',
  'x:y',
  't.:z',
  't.dm:',
  't.dm:x',
  't.tid:zz',
  't.a b:c',
  'nocolon',
  ':',
  '',
  't.x:a~b',
  't.url:http://localhost',
];
const ODD_B3 = ['0', '1', 'd', '', 'x', '0-0', '1-2-3', '-', '00000000000000000000000000000000-0000000000000000-1'];
const ODD_CHARACTERS = ['\u0000', '\u0001', '\t', '\n', '\r', '\u007f', 'é', 'ÿ', 'ñ', '☃', '😀', '\u2028'];

const MUTATIONS: readonly Mutation[] = [
  drop,
  drop,
  editCharacters,
  editCharacters,
  editCharacters,
  oddCharacter,
  changeCase,
  whitespace,
  swapValues,
  duplicatePart,
  repeatHeader,
  empty,
  (headers, random) => set(headers, random.pick(['x-datadog-trace-id', 'x-datadog-parent-id']), random.pick(ODD_IDS)),
  (headers, random) => set(headers, 'x-datadog-parent-id', random.pick(ODD_IDS)),
  (headers, random) => set(headers, 'x-datadog-sampling-priority', random.pick(ODD_PRIORITIES)),
  (headers, random) =>
    set(headers, 'x-datadog-origin', random.pick(['', ' ', 'rum', 'é', 'a,b', '\t', 'x'.repeat(300)])),
  (headers, random) => addPart(headers, 'x-datadog-tags', ',', random.pick(ODD_TAGS), random),
  (headers, random) => addPart(headers, 'x-datadog-tags', ',', `_dd.p.tid=${random.pick(ODD_UPPER_HALVES)}`, random),
  (headers, random) => addPart(headers, 'tracestate', ',', random.pick(ODD_MEMBERS), random),
  (headers, random) => addPart(headers, 'baggage', ',', random.pick(ODD_PAIRS), random),
  oddSubKey,
  oddSubKey,
  oddTraceparent,
  oddTraceparent,
  manyTags,
  manyMembers,
  longDatadogMember,
  longTracestate,
  manyItems,
  bigItem,
  oddB3,
];

/** The headers after one to three things went wrong with them on the way. */
export function mutated(headers: Headers, random: Random): Headers {
  const changed = { ...headers };
  for (let count = random.pick([1, 1, 2, 3]); count > 0; count -= 1) random.pick(MUTATIONS)(changed, random);
  return changed;
}

function set(headers: Record<string, string>, name: string, value: string): void {
  headers[name] = value;
}

function anyName(headers: Headers, random: Random): string {
  const present = Object.keys(headers);
  return present.length > 0 ? random.pick(present) : random.pick(NAMES);
}

function edit(headers: Record<string, string>, name: string, change: (value: string) => string): void {
  const value = headers[name];
  if (value !== undefined) headers[name] = change(value);
}

function drop(headers: Record<string, string>, random: Random): void {
  delete headers[anyName(headers, random)];
}

function empty(headers: Record<string, string>, random: Random): void {
  headers[anyName(headers, random)] = '';
}

function editCharacters(headers: Record<string, string>, random: Random): void {
  edit(headers, anyName(headers, random), (value) => {
    const at = random.below(value.length + 1);
    const character = String.fromCharCode(random.between(0x20, 0x7e));
    const kind = random.below(3);
    if (kind === 0) return value.slice(0, at) + character + value.slice(at + 1);
    if (kind === 1) return value.slice(0, at) + character + value.slice(at);
    return value.slice(0, at) + value.slice(at + 1);
  });
}

function oddCharacter(headers: Record<string, string>, random: Random): void {
  edit(headers, anyName(headers, random), (value) => {
    const at = random.below(value.length + 1);
    return value.slice(0, at) + random.pick(ODD_CHARACTERS) + value.slice(at);
  });
}

function changeCase(headers: Record<string, string>, random: Random): void {
  edit(headers, anyName(headers, random), (value) => (random.chance(70) ? value.toUpperCase() : value.toLowerCase()));
}

function whitespace(headers: Record<string, string>, random: Random): void {
  const space = random.pick([' ', '\t', '  ', ' \t ']);
  edit(headers, anyName(headers, random), (value) => {
    const kind = random.below(4);
    if (kind === 0) return space + value;
    if (kind === 1) return value + space;
    if (kind === 2) return value.replaceAll(',', `${space},${space}`);
    return value.replaceAll('=', `${space}=${space}`);
  });
}

function swapValues(headers: Record<string, string>, random: Random): void {
  const one = anyName(headers, random);
  const other = anyName(headers, random);
  const value = headers[one];
  const otherValue = headers[other];
  if (value !== undefined && otherValue !== undefined) {
    headers[one] = otherValue;
    headers[other] = value;
  }
}

function duplicatePart(headers: Record<string, string>, random: Random): void {
  const name = random.pick(['x-datadog-tags', 'tracestate', 'baggage']);
  edit(headers, name, (value) => {
    const part = random.pick(value.split(','));
    const equals = part.indexOf('=');
    const copy = random.chance(50) ? part : `${part.slice(0, equals + 1)}${random.text(4, 'abcdef0123456789')}`;
    return random.chance(50) ? `${value},${copy}` : `${copy},${value}`;
  });
}

/** What HTTP makes of a header that comes twice. */
function repeatHeader(headers: Record<string, string>, random: Random): void {
  edit(headers, anyName(headers, random), (value) => `${value}, ${value}`);
}

function addPart(headers: Record<string, string>, name: string, separator: string, part: string, random: Random): void {
  const parts = (headers[name] ?? '').split(separator).filter((other) => other !== '');
  parts.splice(random.below(parts.length + 1), 0, part);
  headers[name] = parts.join(separator);
}

function oddSubKey(headers: Record<string, string>, random: Random): void {
  const members = (headers.tracestate ?? '').split(',');
  const at = members.findIndex((member) => member.trim().startsWith('dd='));
  const field = random.pick(ODD_SUB_KEYS);
  if (at < 0) {
    addPart(headers, 'tracestate', ',', `dd=${field}`, random);
    return;
  }
  const fields = { dd: (members[at] ?? '').trim().slice('dd='.length) };
  addPart(fields, 'dd', ';', field, random);
  members[at] = `dd=${fields.dd}`;
  headers.tracestate = members.join(',');
}

function oddTraceparent(headers: Record<string, string>, random: Random): void {
  edit(headers, 'traceparent', (value) => {
    const [version, traceId, spanId, flags] = value.split('-');
    const kind = random.below(7);
    if (kind === 0) return `${random.pick(ODD_VERSIONS)}-${traceId}-${spanId}-${flags}`;
    if (kind === 1) return `${version}-${traceId}-${spanId}-${random.pick(ODD_FLAGS)}`;
    if (kind === 2) return value + random.pick(TAILS);
    if (kind === 3) return `${random.pick(['01', 'cc'])}${value.slice(2)}${random.pick(TAILS)}`;
    if (kind === 4) return `${version}-${'0'.repeat(32)}-${spanId}-${flags}`;
    if (kind === 5) return `${version}-${traceId}-${'0'.repeat(16)}-${flags}`;
    return `${version}-${'0'.repeat(16)}${traceId?.slice(16)}-${spanId}-${flags}`;
  });
}

function manyTags(headers: Record<string, string>, random: Random): void {
  const length = random.between(120, 700);
  const tags = [headers['x-datadog-tags'] ?? '_dd.p.dm=-1'];
  for (let index = 0; tags.join(',').length < length; index += 1) {
    tags.push(`_dd.p.many${index}=${random.text(random.between(5, 60), 'abcdefgh')}`);
  }
  headers['x-datadog-tags'] = tags.join(',');
}

function manyMembers(headers: Record<string, string>, random: Random): void {
  const others = Array.from({ length: random.between(28, 40) }, (_, index) => `v${index}=${random.hex(4)}`);
  const members = (headers.tracestate ?? 'dd=s:2').split(',');
  headers.tracestate = (random.chance(60) ? [...members, ...others] : [...others, ...members]).join(',');
}

function longDatadogMember(headers: Record<string, string>, random: Random): void {
  const fields = ['dd=s:1'];
  for (let index = 0; fields.join(';').length < random.between(200, 400); index += 1) {
    fields.push(`t.long${index}:${random.text(random.between(5, 60), 'abcdefgh')}`);
  }
  const members = (headers.tracestate ?? '').split(',').filter((member) => !member.trim().startsWith('dd='));
  headers.tracestate = [fields.join(';'), ...members.filter((member) => member !== '')].join(',');
}

function longTracestate(headers: Record<string, string>, random: Random): void {
  const others = Array.from({ length: random.between(2, 20) }, (_, index) => {
    return `long${index}=${random.text(random.between(100, 300), 'abcdefgh')}`;
  });
  headers.tracestate = [headers.tracestate ?? 'dd=s:2', ...others].join(',');
}

function manyItems(headers: Record<string, string>, random: Random): void {
  const items = Array.from({ length: random.between(60, 70) }, (_, index) => `item${index}=${random.hex(4)}`);
  headers.baggage = [headers.baggage ?? 'first=1', ...items].join(',');
}

function bigItem(headers: Record<string, string>, random: Random): void {
  const big = `big=${'x'.repeat(random.between(8000, 8300))}`;
  const items = [headers.baggage ?? 'first=1', 'last=2'];
  items.splice(random.below(3), 0, big);
  headers.baggage = items.join(',');
}

function oddB3(headers: Record<string, string>, random: Random): void {
  if ('b3' in headers) headers.b3 = random.pick(ODD_B3);
  if ('x-b3-sampled' in headers) headers['x-b3-sampled'] = random.pick(['', '2', 'true', 'd', '-1']);
  if ('x-b3-traceid' in headers && random.chance(30))
    headers['x-b3-traceid'] = random.pick(['', '0', 'abc', '0'.repeat(32)]);
}
