import type { Export, RecordedSpan } from './recorder.ts';

/** What is seen of an application: the headers of its two calls, its exports, and what it printed. */
export interface Observed {
  /** Sent while it works on a request that came with `INBOUND`. */
  continued: Record<string, string>;
  /** Sent while it works on one that came with nothing. */
  fresh: Record<string, string>;
  exports: Export[];
  stdout: string;
  stderr: string;
}

/** A context of dd-trace, beside one of another trace in W3C's format. */
export const INBOUND = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '2389016664841884869',
  'x-datadog-sampling-priority': '1',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000,_dd.p.dm=-1',
  traceparent: '00-aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb-cccccccccccccccc-01',
  baggage: 'team=checkout,plan=free',
};
const DATADOG_TRACE = '6b0305aa00000000079f1ce5c3953e3c';
const W3C_TRACE = 'aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb';

const spans = ({ exports }: Observed) => exports.flatMap((each) => each.spans);
const large = (observed: Observed) => spans(observed).find(({ name }) => name === 'large') as RecordedSpan;
const own = (attributes: Record<string, unknown> = {}) =>
  ['one', 'two', 'three'].filter((name) => name in attributes).length;
const resource = (name: string) => (observed: Observed) => observed.exports[0]?.resource[name];
const received = (name: string) => (observed: Observed) => observed.exports[0]?.headers[name];
const path = ({ exports }: Observed) => exports[0]?.path;
const priority = ({ fresh }: Observed) => fresh['x-datadog-sampling-priority'];
const names = ({ fresh }: Observed) =>
  Object.keys(fresh).filter((name) => /^(?:x-datadog-t|traceparent|b3|x-b3-t)/.test(name));
/** The first span of what came in. */
const entry = (observed: Observed) =>
  spans(observed).find(({ parentSpanId }) => parentSpanId === '21277dffc66394c5') as RecordedSpan;
const traceOfContinued = ({ continued }: Observed) => continued.traceparent?.split('-')[1];
const lengthOfOne = (observed: Observed) => String(large(observed).attributes.one).length;

/**
 * `group`: the variables of one are set in one process, since none of them bears on what is seen of another. `was` is seen without the variable, `is` with it.
 */
export interface Setting {
  group: string;
  variable: string;
  value: string;
  seen(observed: Observed): unknown;
  was: unknown;
  is: unknown;
}

function setting(
  group: string,
  variable: string,
  value: string,
  seen: Setting['seen'],
  was: unknown,
  is: unknown,
): Setting {
  return { group, variable, value, seen, was, is };
}

const ALL_NAMES = ['traceparent', 'x-datadog-tags', 'x-datadog-trace-id'];
const sorted = (seen: (observed: Observed) => string[]) => (observed: Observed) => seen(observed).sort();
const OTLP_AT_9 = 'http://127.0.0.9:4318/v1/traces';
const RULE = '[{"service":"sh?p","sample_rate":0}]';

/** `RECEIVER` in a value is the receiver's URL. */
export const SETTINGS: readonly Setting[] = [
  setting('first', 'DD_SERVICE', 'shop', resource('service.name'), 'otel-datadog-bridge-test', 'shop'),
  setting('first', 'DD_ENV', 'prod', resource('deployment.environment.name'), undefined, 'prod'),
  setting('first', 'DD_VERSION', '1.2', resource('service.version'), undefined, '1.2'),
  setting('first', 'DD_TAGS', 'region:eu,tier:1', resource('region'), undefined, 'eu'),
  setting('first', 'OTEL_EXPORTER_OTLP_HEADERS', 'api-key=a%20b', received('api-key'), undefined, 'a b'),
  setting('first', 'OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip', received('content-encoding'), undefined, 'gzip'),
  setting('first', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'RECEIVER/here', path, '/v1/traces', '/here'),
  setting(
    'first',
    'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
    '2',
    ({ exports }) => Math.max(...exports.map((each) => each.spans.length)),
    8,
    2,
  ),
  setting(
    'first',
    'DD_TRACE_BAGGAGE_TAG_KEYS',
    'team',
    (all) => entry(all).attributes['baggage.team'],
    undefined,
    'checkout',
  ),
  setting(
    'first',
    'DD_TRACE_BAGGAGE_MAX_ITEMS',
    '1',
    ({ continued }) => continued.baggage,
    INBOUND.baggage,
    'team=checkout',
  ),
  setting(
    'first',
    'DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH',
    '0',
    ({ continued }) => 'x-datadog-tags' in continued,
    true,
    false,
  ),
  setting(
    'first',
    'DD_TRACE_PROPAGATION_EXTRACT_FIRST',
    'true',
    (all) => entry(all).links.map(({ traceId }) => traceId),
    [W3C_TRACE],
    [],
  ),
  setting('first', 'OTEL_SPAN_EVENT_COUNT_LIMIT', '2', (all) => large(all).events.length, 3, 2),
  setting('first', 'OTEL_SPAN_LINK_COUNT_LIMIT', '2', (all) => large(all).links.length, 3, 2),
  setting('first', 'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', '2', (all) => own(large(all).events[0]), 3, 2),
  setting('first', 'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', '1', (all) => own(large(all).links[0]?.attributes), 3, 1),

  setting('second', 'OTEL_SERVICE_NAME', 'shop', resource('service.name'), 'otel-datadog-bridge-test', 'shop'),
  setting('second', 'OTEL_RESOURCE_ATTRIBUTES', 'region=e%2Cu', resource('region'), undefined, 'e,u'),
  setting('second', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'api-key=a', received('api-key'), undefined, 'a'),
  setting('second', 'OTEL_EXPORTER_OTLP_TRACES_COMPRESSION', 'gzip', received('content-encoding'), undefined, 'gzip'),
  setting('second', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'RECEIVER/base', path, '/v1/traces', '/base/v1/traces'),
  setting('second', 'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', '2', (all) => own(large(all).attributes), 3, 2),
  setting('second', 'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', '4', lengthOfOne, 12, 4),
  setting('second', 'OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT', '2', (all) => own(large(all).events[0]), 3, 2),
  setting(
    'second',
    'OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT',
    '1',
    (all) => own(large(all).links[0]?.attributes),
    3,
    1,
  ),
  setting(
    'second',
    'DD_TRACE_BAGGAGE_MAX_BYTES',
    '13',
    ({ continued }) => continued.baggage,
    INBOUND.baggage,
    'team=checkout',
  ),
  setting('second', 'OTEL_LOG_LEVEL', 'debug', ({ stderr }) => /instrumentation-http/.test(stderr), false, true),

  setting('third', 'OTEL_ATTRIBUTE_COUNT_LIMIT', '2', (all) => own(large(all).attributes), 3, 2),
  setting('third', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', '4', lengthOfOne, 12, 4),
  setting(
    'third',
    'DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT',
    'ignore',
    ({ continued }) => 'baggage' in continued,
    true,
    false,
  ),
  setting('third', 'DD_TRACE_PROPAGATION_STYLE_INJECT', 'b3', sorted(names), ALL_NAMES, ['b3']),

  setting('fourth', 'DD_TRACE_PROPAGATION_STYLE_EXTRACT', 'tracecontext', traceOfContinued, DATADOG_TRACE, W3C_TRACE),
  setting('fourth', 'OTEL_TRACES_SAMPLER', 'always_off', priority, '1', '-1'),
  setting('fourth', 'OTEL_PROPAGATORS', 'b3multi', sorted(names), ALL_NAMES, [...ALL_NAMES, 'x-b3-traceid'].sort()),

  setting('fifth', 'DD_TRACE_PROPAGATION_STYLE', 'Datadog', sorted(names), ALL_NAMES, [
    'x-datadog-tags',
    'x-datadog-trace-id',
  ]),
  setting('fifth', 'DD_TRACE_SAMPLE_RATE', '0', priority, '1', '-1'),
  setting(
    'fifth',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    'http/protobuf',
    received('content-type'),
    'application/json',
    'application/x-protobuf',
  ),

  setting('sixth', 'DD_TRACE_SAMPLING_RULES', RULE, priority, '1', '-1'),
  setting(
    'sixth',
    'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    'http/protobuf',
    received('content-type'),
    'application/json',
    'application/x-protobuf',
  ),

  setting('seventh', 'DD_TRACE_RATE_LIMIT', '0', priority, '2', '-1'),
  setting('seventh', 'OTEL_TRACES_EXPORTER', 'none', ({ exports }) => exports.length > 0, true, false),

  setting('eighth', 'OTEL_TRACES_SAMPLER_ARG', '0', priority, '2', '-1'),

  setting('ninth', 'DD_AGENT_HOST', '127.0.0.8', sentTo, OTLP_AT_9, 'http://127.0.0.8:4318/v1/traces'),
  setting('tenth', 'DD_TRACE_AGENT_URL', 'http://127.0.0.7:8126', sentTo, OTLP_AT_9, 'http://127.0.0.7:4318/v1/traces'),
];

/** Nobody listens there, which is told of with the URL. */
const AGENT_AT_9 = { DD_AGENT_HOST: '127.0.0.9', OTEL_EXPORTER_OTLP_ENDPOINT: '' };

/** What the variables of a group need beside them to be seen. */
export const BESIDE: Readonly<Record<string, Record<string, string>>> = {
  sixth: { DD_SERVICE: 'shop' },
  seventh: { DD_TRACE_SAMPLE_RATE: '1' },
  eighth: { OTEL_TRACES_SAMPLER: 'traceidratio' },
  ninth: AGENT_AT_9,
  tenth: AGENT_AT_9,
};

function sentTo({ stderr }: Observed): string | undefined {
  return /spans do not reach (\S+):/.exec(stderr)?.[1];
}
