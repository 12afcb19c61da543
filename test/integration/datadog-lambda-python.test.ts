import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DatadogLambdaPython, missingToolchain } from '../peers/datadog-lambda-python/datadog-lambda-python.ts';
import { sqsRecord } from '../unit/deliveries.ts';
import { w3cEvents } from '../unit/events.ts';
import { bodyDeliveries, capturedDeliveries } from './datadog-side/w3c-alone.ts';
import { invocations } from './lambda-readings/cases.ts';
import { ROOT } from './run-node.ts';

/** Whether it names that span, in hex or decimal digits, in Kinesis' data and among Kafka's headers too. */
function isNamedIn(event: object, spanId: string): boolean {
  const [record] = (event as { Records?: { kinesis?: { data: string } }[] }).Records ?? [];
  const data = Buffer.from(record?.kinesis?.data ?? '', 'base64').toString();
  const json = JSON.stringify(event);
  const headers = Array.from(json.matchAll(/\[[\d,]+\]/g), ([bytes]) => Buffer.from(JSON.parse(bytes)).toString());
  const text = [json, data, ...headers].join(' ');
  return text.includes(spanId) || text.includes(BigInt(`0x${spanId}`).toString());
}

const missing = missingToolchain();

describe.skipIf(missing !== undefined)(`examples/datadog-lambda-python${missing ? `: ${missing}` : ''}`, () => {
  let layer: DatadogLambdaPython;
  let layerAlone: DatadogLambdaPython;

  beforeAll(async () => {
    const PYTHONPATH = join(ROOT, 'examples/datadog-lambda-python');
    layer = await DatadogLambdaPython.start({ PYTHONPATH, DD_TRACE_EXTRACTOR: 'extractor.extract' });
    layerAlone = await DatadogLambdaPython.start();
  });
  afterAll(() => Promise.all([layer?.close(), layerAlone?.close()]));

  test('the layer joins what plain OpenTelemetry sends, at 128 bits', async () => {
    let joined = 0;
    for (const { name, event, traceId, spanId } of [...capturedDeliveries(), ...bodyDeliveries()]) {
      if (event === undefined) continue;
      expect((await layerAlone.invoke(event)).spanId, name).toBe(null);
      // It takes JSON for what Kinesis has, and no base64 in that.
      const expected = name.includes('in base64') ? null : spanId;
      const parent = await layer.invoke(event);
      expect(parent.spanId, name).toBe(expected);
      if (expected !== null) expect({ name, ...parent }).toEqual({ name, traceId, spanId, priority: 1 });
      joined += 1;
    }
    expect(joined).toBeGreaterThan(25);
  });

  test("each event of OpenTelemetry's tracers is joined, with all 128 bits", async () => {
    const events = w3cEvents();
    for (const { name, event, clientContext, expected } of events) {
      const { traceId, spanId, priority } = expected;
      expect({ name, ...(await layer.invoke(event, clientContext)) }).toEqual({ name, traceId, spanId, priority });
    }
    expect(events.length).toBeGreaterThan(30);
  });

  test("the layer joins PHP's _datadog with a number in it", async () => {
    const sent = invocations().find(({ name }) => name.startsWith('php/sqs-SendMessage-php-int-priority'))?.event ?? {};
    expect((await layerAlone.invoke(sent)).spanId).toBe(null);
    const parent = { traceId: `${'0'.repeat(16)}0006dd1689bf427b`, spanId: '47e3f382ce5c9075', priority: 1 };
    expect(await layer.invoke(sent)).toEqual(parent);
    const dropped = JSON.parse(JSON.stringify(sent).replace(/(priority\\":)1/, '$10'));
    expect(await layer.invoke(dropped)).toEqual({ ...parent, priority: 0 });
  });

  test("of the span that X-Ray's header names too it has the whole trace id, and its priority", async () => {
    const span = '2c8a5f3e1d4b6a79';
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    const traceparent = text(`00-6b0305aa00000000079f1ce5c3953e3c-${span}-01`);
    const sent = (parent: string) => {
      const AWSTraceHeader = `Root=1-6b0305aa-00000000079f1ce5c3953e3c;Parent=${parent};Sampled=1`;
      const record = sqsRecord('m', { traceparent, tracestate: text('dd=s:2') });
      return { Records: [{ ...record, attributes: { AWSTraceHeader } }] };
    };
    const whole = { traceId: '6b0305aa00000000079f1ce5c3953e3c', spanId: span, priority: 2 };
    expect(await layer.invoke(sent(span))).toEqual(whole);
    const other = sent('a'.repeat(16));
    expect(await layer.invoke(other)).toEqual(await layerAlone.invoke(other));
  });

  test('it reads everything else as it does without the extractor', async () => {
    let same = 0;
    for (const { name, event, clientContext } of invocations()) {
      const alone = await layerAlone.invoke(event, clientContext);
      const parent = await layer.invoke(event, clientContext);
      if (alone.spanId === null) {
        // What the layer does not read is the extractor's: `traceparent`, a number in `_datadog`, attributes beside an envelope.
        if (parent.spanId !== null) expect(isNamedIn(event, parent.spanId), name).toBe(true);
        continue;
      }
      expect(parent, name).toEqual(alone);
      same += 1;
    }
    expect(same).toBeGreaterThan(150);
  });

  test.each(
    [
      7,
      'text',
      [],
      { Records: 7 },
      { Records: [null] },
      { Records: [{ kinesis: {} }] },
      { Records: [{ Sns: 7, body: 7 }] },
      { detail: 7 },
    ].map((event) => [event]),
  )('it runs the handler for %j', async (event) => {
    const { traceId: _, ...alone } = await layerAlone.invoke(event);
    expect(await layer.invoke(event)).toMatchObject(alone);
  });
});
