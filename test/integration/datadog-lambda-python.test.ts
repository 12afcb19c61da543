import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DatadogLambdaPython, missingToolchain } from '../peers/datadog-lambda-python/datadog-lambda-python.ts';
import { w3cEvents } from '../unit/events.ts';
import { bodyDeliveries, capturedDeliveries } from './datadog-side/w3c-alone.ts';
import { invocations } from './lambda-readings/cases.ts';
import { ROOT } from './run-node.ts';

/** Whether it has `traceparent`, in Kinesis' data too. */
function isW3c(event: object): boolean {
  const [record] = (event as { Records?: { kinesis?: { data: string } }[] }).Records ?? [];
  const data = Buffer.from(record?.kinesis?.data ?? '', 'base64').toString();
  return `${JSON.stringify(event)}${data}`.includes('traceparent');
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

  test('it reads everything else as it does without the extractor', async () => {
    let same = 0;
    for (const { name, event, clientContext } of invocations()) {
      const alone = await layerAlone.invoke(event, clientContext);
      const parent = await layer.invoke(event, clientContext);
      if (alone.spanId === null) {
        if (parent.spanId !== null) expect(isW3c(event), name).toBe(true);
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
