import { type Random, randomFrom, spoiled, WAYS } from './bad-text.ts';

type TextMap = Record<string, string>;

/** `MessageAttributes` as a consumer gets them. */
export type ReceivedAttributes = Record<string, { DataType: string; StringValue?: string; BinaryValue?: Uint8Array }>;

const FIELDS: TextMap = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '167372598629952624',
  'x-datadog-sampling-priority': '2',
  'x-datadog-origin': 'synthetics-browser',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000,_dd.p.dm=-4,_dd.p.usr.id=YWJj,_dd.p.custom=value',
  traceparent: '00-6b0305aa00000000079f1ce5c3953e3c-02529dff5c2440f0-01',
  tracestate: 'dd=s:2;o:synthetics-browser;p:02529dff5c2440f0;t.dm:-4;t.usr.id:YWJj;x:y,vendor=value,other@v=w,ot=th:8',
  baggage: 'user.id=42,session.id=a%20b;secure,plain=text',
  b3: '6b0305aa00000000079f1ce5c3953e3c-02529dff5c2440f0-1',
  'x-b3-traceid': '6b0305aa00000000079f1ce5c3953e3c',
  'x-b3-spanid': '02529dff5c2440f0',
  'x-b3-sampled': '1',
  'dd-pathway-ctx-base64': 'FsdAcsTTjMSC1fWTvGKC1fWTvGI=',
};
const NAMES = Object.keys(FIELDS);

/** Where the fields of other formats would hide what one of them does with bad text. */
const SUBSETS: readonly (readonly string[])[] = [
  NAMES,
  NAMES.filter((name) => name.startsWith('x-datadog')),
  ['traceparent', 'tracestate', 'baggage'],
  NAMES.filter((name) => name.includes('b3')).concat('tracestate', 'baggage'),
];

/**
 * The message of that number: every kind of bad text in every place of every field comes up, one after the other; what is
 * random is in further fields, the same for the same number.
 */
export function hostileMessage(number: number): ReceivedAttributes {
  const random = randomFrom(number);
  const fields = subset(number);
  const names = Object.keys(fields);
  const name = names[number % names.length] as string;
  const way = Math.floor(number / names.length) % WAYS;
  fields[name] = spoiled(fields[name] as string, way, random);
  for (let more = random(3); more > 0; more -= 1) spoilAny(fields, names, random);
  // Escaped, or as it is: to a reader of JSON both are the same.
  const json = JSON.stringify(fields);
  if (number % 3 === 0) return { _datadog: { DataType: 'Binary', BinaryValue: Buffer.from(json) } };
  return { _datadog: { DataType: 'String', StringValue: number % 3 === 1 ? json : escaped(json) } };
}

function subset(number: number): TextMap {
  const names = SUBSETS[Math.floor(number / (NAMES.length * WAYS)) % SUBSETS.length] ?? NAMES;
  return Object.fromEntries(names.map((name) => [name, FIELDS[name] as string]));
}

function spoilAny(fields: TextMap, names: readonly string[], random: Random): void {
  const name = names[random(names.length)] as string;
  fields[name] = spoiled(fields[name] as string, random(WAYS), random);
}

function escaped(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
