import { kafkaVectors, sqsVectors } from '../unit/vectors.ts';
import { CONFIGURATIONS } from './configurations.ts';
import { formatInput, formatTextInput, INTO_ATTRIBUTES, SPELLED, WITH_IDS } from './input.ts';

const DATADOG = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '167372598629952624',
  'x-datadog-sampling-priority': '2',
  'x-datadog-origin': 'synthetics~;=web,z',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000,_dd.p.dm=-4,_dd.p.usr.id=YQ==',
};
const W3C = {
  traceparent: '00-6b0305aa00000000079f1ce5c3953e3c-02529dff5c2440f0-01',
  tracestate: 'a=1, dd=s:2;o:rum;p:00f067aa0ba902b7;t.dm:-4;t.usr.id:YQ~~;x:y,ot=th:8;rv:0123456789abcd, b@c=2',
};
const BAGGAGE = { baggage: 'user.id=a%20b,k=%C3%A9;p=1;q, x = y z' };
const B3 = { b3: '6b0305aa00000000079f1ce5c3953e3c-02529dff5c2440f0-d-00f067aa0ba902b7' };
const B3_MULTI = {
  'x-b3-traceid': '6b0305aa00000000079f1ce5c3953e3c',
  'x-b3-spanid': '02529dff5c2440f0',
  'x-b3-sampled': '1',
  'x-b3-flags': '1',
};
const PATHWAY = { 'dd-pathway-ctx-base64': 'FsdAcsTTjMSC1fWTvGKC1fWTvGI=' };
const X_RAY = { AWSTraceHeader: 'Root=1-6b0305aa-00000000079f1ce5c3953e3c;Parent=02529dff5c2440f0;Sampled=1' };
const ALL = { ...DATADOG, ...W3C, ...BAGGAGE, ...B3, ...B3_MULTI, ...PATHWAY };

const HEADER_SETS: readonly Record<string, string>[] = [
  DATADOG,
  W3C,
  BAGGAGE,
  B3,
  B3_MULTI,
  X_RAY,
  ALL,
  { ...DATADOG, ...W3C, 'x-datadog-parent-id': '0' },
  { ...DATADOG, ...W3C, 'x-datadog-trace-id': '1' },
  { 'x-datadog-trace-id': '18446744073709551615', 'x-datadog-parent-id': '1' },
  { traceparent: '00-00000000000000000000000000000000-02529dff5c2440f0-01' },
  { traceparent: 'ff-6b0305aa00000000079f1ce5c3953e3c-02529dff5c2440f0-01' },
  { ...W3C, traceparent: 'cc-6b0305aa00000000079f1ce5c3953e3c-02529dff5c2440f0-01-tail,00' },
  { b3: '0000000000000000-02529dff5c2440f0-0' },
  { AWSTraceHeader: 'Root=1-6b0305aa-000000000000000000000000;Parent=02529dff5c2440f0;Sampled=1' },
  { ...W3C, tracestate: 'a=1,dd=s:1,a=2' },
  { ...W3C, tracestate: Array.from({ length: 40 }, (_, index) => `v${index}=1`).join(',') },
  { ...W3C, traceparent: 'cc-6B0305AA00000000079F1CE5C3953E3C-02529dff5c2440f0-03-tail' },
];

const [WIDE, NARROW] = ['6b0305aa00000000079f1ce5c3953e3c', '0000000000000000079f1ce5c3953e3c'];
const [UPPER_ALONE, ZERO] = ['6b0305aa000000000000000000000000', '0'.repeat(32)];
const SPAN = '02529dff5c2440f0';
/** A trace's and a span's, one after the other. */
const IDS: readonly string[] = [
  ...[WIDE, NARROW, UPPER_ALONE, ZERO, SPAN, '', `${WIDE.slice(1)}g`, `${WIDE.slice(1)}é`].map((id) => id + SPAN),
  ...['0'.repeat(16), `${SPAN.slice(1)}g`].map((id) => WIDE + id),
  SPAN.slice(1),
];

/** Inputs to begin with: valid header sets in every configuration and spelling, and what real tracers put on the wire. */
export function seeds(): Buffer[] {
  const spelled = [SPELLED.textMap, SPELLED.repeated, SPELLED.buffers, SPELLED.sdkAttributes, SPELLED.lambdaAttributes];
  const inside = [SPELLED.parsedDatadog, SPELLED.sdkDatadog, SPELLED.lambdaDatadog];
  const text = [SPELLED.text, SPELLED.sdkText, SPELLED.sdkBinary, SPELLED.lambdaBinary];
  return [
    ...CONFIGURATIONS.flatMap((_, configuration) =>
      HEADER_SETS.map((headers) => formatInput(configuration, SPELLED.textMap, headers)),
    ),
    ...CONFIGURATIONS.map((_, configuration) =>
      formatInput(configuration | INTO_ATTRIBUTES, SPELLED.textMap, { ...W3C, ...BAGGAGE }),
    ),
    ...spelled.map((spelling) => formatInput(0, spelling, ALL)),
    ...inside.flatMap((spelling) => HEADER_SETS.map((headers) => formatInput(0, spelling, headers, W3C))),
    ...inside.map((spelling) => formatInput(0, spelling, DATADOG, { ...W3C, ...BAGGAGE })),
    ...[SPELLED.queued, SPELLED.queuedDatadog].flatMap((spelling) => [
      formatInput(0, spelling, ALL),
      formatInput(0, spelling, ALL, BAGGAGE),
      formatInput(0, spelling, ALL, W3C),
    ]),
    ...text.map((spelling) => formatTextInput(INTO_ATTRIBUTES, spelling, JSON.stringify(ALL))),
    ...IDS.map((ids) => formatInput(WITH_IDS, SPELLED.textMap, { 'x-custom': ids })),
    formatTextInput(0, SPELLED.parsedText, '{"x-datadog-trace-id":1,"x-datadog-parent-id":2}'),
    ...sqsVectors().map(({ attributes }) => {
      const json = attributes._datadog?.StringValue;
      if (json !== undefined) return formatTextInput(0, SPELLED.sdkText, json);
      const values = Object.entries(attributes).map(([name, { StringValue = '' }]) => [name, StringValue]);
      return formatInput(0, SPELLED.sdkAttributes, Object.fromEntries(values));
    }),
    ...kafkaVectors().map(({ headers }) => formatInput(0, SPELLED.buffers, headers)),
  ];
}
