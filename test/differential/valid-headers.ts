import type { Headers } from './peer.ts';
import type { Random } from './random.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const WORD = `${LETTERS}ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-`;
const PRINTABLE = `${WORD} !"#$%&'()*+/:;<=>?@[]^\`{|}~`;
const VENDOR_VALUE = `${WORD}!#$%&'()*+/:<>?@[]^\`{|}~`;

const ORIGINS = ['synthetics', 'synthetics-browser', 'rum', 'lambda', 'ciapp-test', 'synthetics~;=web,z', 'a b'];
const DECISION_MAKERS = ['-0', '-1', '-3', '-4', '-5', '-8', '-11'];
const VENDORS = ['congo', 'rojo', 'nr', 'es', 'sw3', 'fw529a3039@dt', 's', 'vendor_1-x*y/z'];

/** One context as every format says it, before anything is done to it. */
interface Truth {
  readonly upperHalf: string;
  readonly lowerHalf: string;
  readonly spanId: string;
  readonly priority: number | undefined;
  readonly origin: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
}

/** Headers as Datadog's and OpenTelemetry's tracers write them, in all of the formats that the styles name. */
export function validHeaders(random: Random, styles: readonly string[]): Headers {
  const truth = randomTruth(random);
  const headers: Record<string, string> = {};
  const formats = random.below(100);
  const hasDatadog = styles.includes('datadog') && formats < 80;
  const hasTraceContext = styles.includes('tracecontext') && (formats < 60 || (formats >= 80 && formats < 95));
  if (hasDatadog) Object.assign(headers, datadogHeaders(truth, random));
  if (hasTraceContext) {
    Object.assign(headers, traceContext(random.chance(15) ? randomTruth(random) : relative(truth, random), random));
  }
  if (styles.includes('b3') && random.chance(70)) Object.assign(headers, b3(relative(truth, random), random));
  if (styles.includes('b3multi') && random.chance(70)) Object.assign(headers, b3Multi(relative(truth, random), random));
  if (styles.includes('baggage') && random.chance(45)) headers.baggage = baggage(random);
  return headers;
}

function randomTruth(random: Random): Truth {
  const upperHalf = random.chance(25) ? '0000000000000000' : `${random.hex(8)}00000000`;
  const priority = random.chance(8) ? undefined : random.pick([-1, 0, 1, 1, 1, 2]);
  return {
    upperHalf,
    lowerHalf: randomId(random),
    spanId: randomId(random),
    priority,
    origin: random.chance(65) ? undefined : random.chance(80) ? random.pick(ORIGINS) : printable(random, 20),
    tags: randomTags(random, priority),
  };
}

/** The same trace as another service in it says it: the span may be another one, and so may the rest. */
function relative(truth: Truth, random: Random): Truth {
  if (random.chance(40)) return truth;
  const { upperHalf, lowerHalf } = truth;
  const other = random.chance(50) ? randomTruth(random) : truth;
  return { ...other, upperHalf, lowerHalf, spanId: random.chance(80) ? randomId(random) : truth.spanId };
}

function randomId(random: Random): string {
  const choice = random.below(20);
  if (choice === 0) return 'ffffffffffffffff';
  if (choice === 1) return '8000000000000000';
  if (choice === 2) return '7fffffffffffffff';
  if (choice === 3) return random.between(1, 0xffff).toString(16).padStart(16, '0');
  return random.hex(15) + random.pick([...'123456789abcdef']);
}

function randomTags(random: Random, priority: number | undefined): Map<string, string> {
  const tags = new Map<string, string>();
  const isKept = priority !== undefined && priority > 0;
  if (random.chance(isKept ? 85 : 10)) tags.set('_dd.p.dm', random.pick(DECISION_MAKERS));
  if (random.chance(10)) tags.set('_dd.p.ts', '02');
  if (random.chance(10)) tags.set('_dd.p.ksr', random.pick(['1', '1.000000', '0.5', '0.000001']));
  if (random.chance(10)) tags.set('_dd.p.usr.id', 'YmF6NjQ=');
  for (let count = random.chance(70) ? 0 : random.between(1, 4); count > 0; count -= 1) {
    tags.set(`_dd.p.${random.text(random.between(1, 12), WORD)}`, tagValue(random));
  }
  return tags;
}

/** What has no space at its ends and no comma. */
function tagValue(random: Random): string {
  const value = random.text(random.between(1, 24), PRINTABLE).trim();
  return value === '' ? 'value' : value;
}

function printable(random: Random, length: number): string {
  const text = random.text(random.between(1, length), PRINTABLE).trim();
  return text === '' ? 'origin' : text;
}

function datadogHeaders(truth: Truth, random: Random): Headers {
  const { upperHalf, lowerHalf, spanId, priority, origin, tags } = truth;
  const headers: Record<string, string> = {
    'x-datadog-trace-id': decimal(lowerHalf),
    'x-datadog-parent-id': decimal(spanId),
  };
  if (priority !== undefined) headers['x-datadog-sampling-priority'] = String(priority);
  if (origin !== undefined) headers['x-datadog-origin'] = origin;
  const all: [string, string][] = [...tags];
  if (!/^0+$/.test(upperHalf)) all.splice(random.below(all.length + 1), 0, ['_dd.p.tid', upperHalf]);
  if (all.length > 0) headers['x-datadog-tags'] = all.map(([key, value]) => `${key}=${value}`).join(',');
  return headers;
}

function decimal(hex: string): string {
  return BigInt(`0x${hex}`).toString();
}

function traceContext(truth: Truth, random: Random): Headers {
  const { upperHalf, lowerHalf, spanId, priority } = truth;
  // A service that knows nothing of Datadog decides anew, and passes dd on as it was.
  const kept = priority === undefined || random.chance(10) ? random.chance(70) : priority > 0;
  const flags = (kept ? 1 : 0) | (random.chance(15) ? 2 : 0);
  const headers: Record<string, string> = {
    traceparent: `00-${upperHalf}${lowerHalf}-${spanId}-0${flags}`,
  };
  const members: string[] = [];
  for (const vendor of someVendors(random)) {
    members.push(`${vendor}=${random.text(random.between(1, 40), VENDOR_VALUE)}`);
  }
  if (random.chance(15)) members.unshift(otelMember(random));
  if (random.chance(75)) {
    const place = random.chance(85) ? 0 : random.below(members.length + 1);
    members.splice(place, 0, `dd=${datadogMember(truth, random)}`);
  }
  if (members.length > 0) headers.tracestate = members.join(random.pick([',', ',', ', ']));
  return headers;
}

function someVendors(random: Random): string[] {
  if (random.chance(50)) return [];
  const first = random.below(VENDORS.length);
  return VENDORS.slice(first, first + random.between(1, 4));
}

function otelMember(random: Random): string {
  const fields: string[] = [];
  if (random.chance(80)) fields.push(`rv:${random.hex(14)}`);
  if (random.chance(80) || fields.length === 0) fields.push(`th:${random.hex(random.between(1, 14))}`);
  return `ot=${fields.join(';')}`;
}

function datadogMember(truth: Truth, random: Random): string {
  const { priority, origin, tags } = truth;
  const fields: string[] = [];
  if (priority !== undefined) fields.push(`s:${priority}`);
  if (origin !== undefined) fields.push(`o:${encoded(origin)}`);
  if (random.chance(70)) fields.push(`p:${random.chance(50) ? truth.spanId : randomId(random)}`);
  for (const [key, value] of tags) fields.push(`t.${key.slice('_dd.p.'.length)}:${encoded(value)}`);
  if (random.chance(30) && !/^0+$/.test(truth.upperHalf)) fields.push(`t.tid:${truth.upperHalf}`);
  const member = fields.join(';');
  return member === '' ? 's:1' : member;
}

function encoded(value: string): string {
  return value.replace(/[^\x20-\x7e]|[,;~]/g, '_').replaceAll('=', '~');
}

function baggage(random: Random): string {
  const items: string[] = [];
  for (let count = random.between(1, 5); count > 0; count -= 1) {
    const value = random.chance(70) ? random.text(random.between(1, 16), WORD) : percentEncoded(random);
    const properties = random.chance(10) ? `;${random.text(3, LETTERS)}=${random.text(3, LETTERS)}` : '';
    items.push(
      `${random.pick(['user.id', 'session.id', 'account.id', random.text(5, LETTERS)])}=${value}${properties}`,
    );
  }
  return items.join(random.pick([',', ',', ', ']));
}

function percentEncoded(random: Random): string {
  return encodeURIComponent(random.pick(['Köln', 'a b', 'x,y;z=1', '☃', '100%', '"quoted"', '\\back']));
}

function b3(truth: Truth, random: Random): Headers {
  const parent = random.chance(20) ? `-${randomId(random)}` : '';
  const sampled = random.chance(85) ? `-${random.pick(['0', '1', 'd'])}${parent}` : '';
  return { b3: `${b3TraceId(truth)}-${truth.spanId}${sampled}` };
}

function b3Multi(truth: Truth, random: Random): Headers {
  const headers: Record<string, string> = { 'x-b3-traceid': b3TraceId(truth), 'x-b3-spanid': truth.spanId };
  if (random.chance(15)) headers['x-b3-flags'] = '1';
  else if (random.chance(85)) headers['x-b3-sampled'] = random.pick(['0', '1']);
  return headers;
}

function b3TraceId({ upperHalf, lowerHalf }: Truth): string {
  return /^0+$/.test(upperHalf) ? lowerHalf : upperHalf + lowerHalf;
}
