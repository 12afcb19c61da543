import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AskedProcess } from '../peers/asked-process.ts';
import { missingToolchain, ownExtractor } from '../peers/datadog-lambda-python/datadog-lambda-python.ts';
import { QUIET_TRACER } from '../peers/dd-trace-js/remote-parent.ts';
import { eventBridgeEvent, snsEnvelope, sqsRecord } from '../unit/deliveries.ts';
import { sqsVectors } from '../unit/vectors.ts';
import { ROOT } from './run-node.ts';

interface Parent {
  readonly traceId: string | null;
  readonly spanId: string | null;
}

/** Each capture of a message that one tracer has sent, and whose child the work on it should be. */
const CASES = sqsVectors().flatMap(({ file, index, attributes }) => {
  const { _datadog, traceparent } = attributes;
  const expected = _datadog ? inDatadog(_datadog.StringValue ?? '') : inTraceparent(traceparent?.StringValue);
  if (expected === undefined) return [];
  const bodies: [how: string, record: object][] = [
    ['in its attributes', sqsRecord('m', attributes)],
    ["in SNS's envelope", sqsRecord(snsEnvelope('m', attributes))],
  ];
  if (_datadog) {
    const detail = `{"_datadog":${_datadog.StringValue}}`;
    bodies.push(
      ["raw from SNS's topic, in Binary", sqsRecord('m', { _datadog: { ..._datadog, DataType: 'Binary' } })],
      ["in EventBridge's event", sqsRecord(eventBridgeEvent(detail))],
    );
  }
  return bodies.map(([how, record]) => ({ name: `${file} ${index} ${how}`, record, expected }));
});

function inDatadog(text: string): Parent | undefined {
  const fields = JSON.parse(text);
  const hex = (decimal: string) => BigInt(decimal).toString(16).padStart(16, '0');
  const tid = /_dd\.p\.tid=([0-9a-f]{16})/.exec(fields['x-datadog-tags'] ?? '')?.[1] ?? '0'.repeat(16);
  const { 'x-datadog-trace-id': traceId, 'x-datadog-parent-id': parentId } = fields;
  return traceId === undefined ? undefined : { traceId: tid + hex(traceId), spanId: hex(parentId) };
}

function inTraceparent(traceparent: string | undefined): Parent | undefined {
  const [, traceId, spanId] = traceparent?.split('-') ?? [];
  return traceId === undefined || spanId === undefined ? undefined : { traceId, spanId };
}

const string = (StringValue: string) => ({ DataType: 'String', StringValue });
const BROKEN = [
  ...[{}, { _datadog: string('{}') }, { _datadog: string('no JSON') }, { traceparent: string('00-0-0-01') }].map(
    (attributes) => sqsRecord('m', attributes),
  ),
  ...['null', '[]', '{"detail":7}', '{"detail":{"_datadog":7}}', '{"MessageAttributes":{"a":7}}'].map((body) =>
    sqsRecord(body),
  ),
];

function joins(parentsOf: (records: object[]) => Promise<Parent[]>) {
  test('each record is in the trace of its sender', async () => {
    const parents = await parentsOf(CASES.map(({ record }) => record));
    const found = CASES.map(({ name }, index) => ({
      name,
      traceId: parents[index]?.traceId?.padStart(32, '0'),
      spanId: parents[index]?.spanId,
    }));
    expect(found).toEqual(CASES.map(({ name, expected }) => ({ name, ...expected })));
    expect(new Set(CASES.map(({ name }) => name.split('/')[0])).size).toBeGreaterThan(5);
  });

  test('what carries none starts a trace', async () => {
    const parents = await parentsOf(BROKEN);
    expect(parents.map(({ spanId }) => spanId)).toEqual(BROKEN.map(() => null));
  });
}

describe('examples/own-extractor in Node', () => {
  let worker: AskedProcess;

  beforeAll(async () => {
    const file = join(ROOT, 'test/peers/dd-trace-js/own-extractor.cjs');
    const env = { ...QUIET_TRACER, DD_TRACE_EXPERIMENTAL_EXPORTER: 'log' };
    worker = await AskedProcess.start(file, { execArgv: ['--require', 'dd-trace/init'], env });
  });
  afterAll(() => worker?.close());

  joins(async (records) => (await worker.ask<{ parents: Parent[] }>({ records })).parents);
});

const missing = missingToolchain();

describe.skipIf(missing !== undefined)(`examples/own-extractor in Python${missing ? `: ${missing}` : ''}`, () => {
  joins((records) => ownExtractor(join(ROOT, 'examples/own-extractor'), records));
});
