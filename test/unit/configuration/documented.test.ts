import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

function textOf(folder: string, extension: string): string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith(extension)).map((file) => readFileSync(join(ROOT, folder, file), 'utf8'));
}

/** Between processes of ours. */
const INTERNAL = ['OTEL_DATADOG_CONFIGURED_HANDLER'];
const COMMENT = /\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/.*/g;
const OPEN = /\$\{[^}]*\}/g;
const VARIABLE = /\b(?:DD|OTEL)_(?:[A-Z0-9_]|\$\{[^}]*\})+/g;

/** The variables that the code names, a part that it puts in as `${…}`; constants of its own are none. */
const inCode = new Set(
  textOf('src', '.ts').flatMap((text) => {
    const code = text.replace(COMMENT, '');
    const constants = new Set([...code.matchAll(/\bconst (\w+)/g)].map(([, name]) => name));
    return (code.match(VARIABLE) ?? []).filter((name) => !constants.has(name) && !INTERNAL.includes(name));
  }),
);
const patterns = [...inCode].map((name) => ({ name, pattern: new RegExp(`^${name.replace(OPEN, '[A-Z_]+')}$`) }));

const tables = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8').split(/^##+ /m);
const [unsupported = ''] = tables.filter((section) => section.startsWith('Not supported'));
const supported = tables.filter((section) => section !== unsupported).join('\n');

/** Those in a table's rows, or in the first cells of them. A service's name stands for all of them. */
function namesIn(section: string, cell = /^\|.*/gm): string[] {
  const cells = section.match(cell)?.join('\n').replaceAll('<SERVICE>', 'SQS') ?? '';
  return [...new Set(cells.match(/\b(?:DD|OTEL)_[A-Z0-9_]*[A-Z0-9](?![A-Z_*])/g))];
}

const supportedNames = namesIn(supported);
const unsupportedNames = namesIn(unsupported, /^\|[^|]*/gm);
/** But this one. */
const tests = textOf('test', '.ts').filter((text) => !text.includes('SDK_VARIABLES'));

test.each(patterns)('$name is in a table of docs/configuration.md', ({ pattern }) => {
  expect([...supportedNames, ...unsupportedNames].filter((name) => pattern.test(name))).not.toEqual([]);
});

test.each(supportedNames)('%s is in the code, and set in a test', (name) => {
  expect(patterns.filter(({ pattern }) => pattern.test(name))).not.toEqual([]);
  expect(tests.some((text) => text.includes(name))).toBe(true);
});

/** https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
const SDK_VARIABLES = [
  ...['OTEL_SDK_DISABLED', 'OTEL_ENTITIES', 'OTEL_RESOURCE_ATTRIBUTES', 'OTEL_SERVICE_NAME', 'OTEL_LOG_LEVEL'],
  ...['OTEL_PROPAGATORS', 'OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG', 'OTEL_CONFIG_FILE'],
  ...['SCHEDULE_DELAY', 'EXPORT_TIMEOUT', 'MAX_QUEUE_SIZE', 'MAX_EXPORT_BATCH_SIZE'].map((end) => `OTEL_BSP_${end}`),
  ...['OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
  ...['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT'],
  ...['OTEL_SPAN_EVENT_COUNT_LIMIT', 'OTEL_SPAN_LINK_COUNT_LIMIT'],
  ...['OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', 'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT'],
  ...['OTEL_TRACES_EXPORTER', 'OTEL_METRICS_EXPORTER', 'OTEL_LOGS_EXPORTER'],
  ...['OTEL_METRICS_EXEMPLAR_FILTER', 'OTEL_METRIC_EXPORT_INTERVAL', 'OTEL_METRIC_EXPORT_TIMEOUT'],
  ...[
    'ENDPOINT',
    'INSECURE',
    'CERTIFICATE',
    'CLIENT_KEY',
    'CLIENT_CERTIFICATE',
    'HEADERS',
    'COMPRESSION',
    'TIMEOUT',
    'PROTOCOL',
  ].flatMap((end) => [`OTEL_EXPORTER_OTLP_${end}`, `OTEL_EXPORTER_OTLP_TRACES_${end}`]),
];

/** What a user of Datadog's tracers expects to work. https://docs.datadoghq.com/tracing/trace_collection/library_config/ */
const DATADOG_VARIABLES = [
  ...['DD_SERVICE', 'DD_ENV', 'DD_VERSION', 'DD_TAGS', 'DD_AGENT_HOST', 'DD_TRACE_AGENT_URL', 'DD_TRACE_ENABLED'],
  ...['', '_INJECT', '_EXTRACT'].map((end) => `DD_TRACE_PROPAGATION_STYLE${end}`),
  ...[
    'DD_TRACE_PROPAGATION_EXTRACT_FIRST',
    'DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT',
    'DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH',
  ],
  ...['MAX_ITEMS', 'MAX_BYTES', 'TAG_KEYS'].map((end) => `DD_TRACE_BAGGAGE_${end}`),
  ...['DD_TRACE_SAMPLE_RATE', 'DD_TRACE_SAMPLING_RULES', 'DD_TRACE_RATE_LIMIT'],
  ...['DD_TRACE_AWS_SDK_BATCH_PROPAGATION_ENABLED', 'DD_TRACE_AWS_SDK_SQS_BATCH_PROPAGATION_ENABLED'],
  ...['DD_TRACE_AWS_SDK_SQS_ENABLED'],
];

test.each([...SDK_VARIABLES, ...DATADOG_VARIABLES])('%s works, or is said not to', (name) => {
  expect(unsupportedNames.includes(name)).toBe(!supportedNames.includes(name));
});
