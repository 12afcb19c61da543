import { defaultTextMapGetter, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { DatadogPropagator, extractEventContext, extractMessageContext } from '../../../src/index.ts';
import { extractXRay, formatXRay } from '../../../src/propagation/x-ray.ts';

const LOWER = '079f1ce5c3953e3c';
const SPAN = '0252a07dde78ec70';
const PADDED = `Root=1-674a5c2b-00000000${LOWER};Parent=${SPAN};Sampled=1`;
const extract = (header: string) => extractXRay([(name) => ({ AWSTraceHeader: header })[name as 'AWSTraceHeader']]);

describe('in', () => {
  test.each<[name: string, header: string, priority: number | undefined]>([
    ["in Datadog's form", PADDED, 1],
    ['not sampled', PADDED.replace('Sampled=1', 'Sampled=0'), 0],
    ['undecided', PADDED.replace('Sampled=1', 'Sampled=?'), undefined],
    ['without a decision', PADDED.replace(';Sampled=1', ''), undefined],
    [
      'in another order, with lineage and spaces',
      `Sampled=1; Parent=${SPAN} ;Lineage=1:a:0; Root=1-674a5c2b-00000000${LOWER}`,
      1,
    ],
    [
      'in upper case',
      PADDED.toUpperCase().replace('ROOT', 'Root').replace('PARENT', 'Parent').replace('SAMPLED', 'Sampled'),
      1,
    ],
  ])('%s', (_name, header, samplingPriority) => {
    expect(extract(header)).toMatchObject({ traceId: `${'0'.repeat(16)}${LOWER}`, spanId: SPAN, samplingPriority });
  });

  test.each([
    ["X-Ray's own", `Root=1-674a5c2b-6b0305aa${LOWER};Parent=${SPAN};Sampled=0`],
    ['without a parent', `Root=1-674a5c2b-00000000${LOWER};Sampled=1`],
    ['of zeros', `Root=1-674a5c2b-${'0'.repeat(24)};Parent=${SPAN};Sampled=1`],
    ['with a parent of zeros', `Root=1-674a5c2b-00000000${LOWER};Parent=${'0'.repeat(16)}`],
    ['too short', `Root=1-674a5c2b-00000000${LOWER.slice(1)};Parent=${SPAN}`],
    ['too long', `${PADDED};Lineage=${'x'.repeat(500)}`],
    ['empty', ''],
  ])('%s is none', (_name, header) => {
    expect(extract(header)).toBeUndefined();
  });
});

test('out, and in again', () => {
  const traceId = `6b0305aa00000000${LOWER}`;
  const header = formatXRay({ traceId, spanId: SPAN, traceFlags: TraceFlags.SAMPLED }, 0x674a5c2b + 0.9);
  expect(header).toBe(PADDED);
  expect(extract(header)).toMatchObject({ spanId: SPAN, samplingPriority: 1 });
  expect(formatXRay({ traceId, spanId: SPAN, traceFlags: TraceFlags.NONE }, 1)).toBe(
    `Root=1-00000001-00000000${LOWER};Parent=${SPAN};Sampled=0`,
  );
});

describe('on a message', () => {
  const _datadog = { StringValue: JSON.stringify({ 'x-datadog-trace-id': '1', 'x-datadog-parent-id': '2' }) };
  const spanOf = (context: ReturnType<typeof extractMessageContext>) => trace.getSpanContext(context)?.spanId;

  test('it is the parent where the attributes carry none', () => {
    expect(spanOf(extractMessageContext({ Attributes: { AWSTraceHeader: PADDED } }))).toBe(SPAN);
    const record = { attributes: { AWSTraceHeader: PADDED }, messageAttributes: { own: { stringValue: 'x' } } };
    expect(spanOf(extractEventContext({ Records: [record] }))).toBe(SPAN);
  });

  test('_datadog beats it', () => {
    const message = { Attributes: { AWSTraceHeader: PADDED }, MessageAttributes: { _datadog } };
    expect(spanOf(extractMessageContext(message))).toBe('0000000000000002');
  });

  test("X-Ray's own is none, and neither is any without the style of Datadog", () => {
    const own = `Root=1-674a5c2b-6b0305aa${LOWER};Parent=${SPAN};Sampled=0`;
    expect(spanOf(extractMessageContext({ Attributes: { AWSTraceHeader: own } }))).toBeUndefined();
    const propagator = new DatadogPropagator({ extractStyles: ['tracecontext', 'baggage'], env: {} });
    expect(propagator.extract(ROOT_CONTEXT, { AWSTraceHeader: PADDED }, defaultTextMapGetter)).toBe(ROOT_CONTEXT);
  });
});
