import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DatadogLambda } from '../peers/datadog-lambda-js/datadog-lambda-js.ts';
import { w3cEvents } from '../unit/events.ts';
import { bodyDeliveries, capturedDeliveries, type W3cDelivery } from './datadog-side/w3c-alone.ts';
import { invocations } from './lambda-readings/cases.ts';
import { ROOT, runNode } from './run-node.ts';

let taskRoot: string;
let layer: DatadogLambda;
let layerAlone: DatadogLambda;

beforeAll(async () => {
  taskRoot = mkdtempSync(join(tmpdir(), 'task-root-'));
  mkdirSync(join(taskRoot, 'node_modules'));
  symlinkSync(ROOT, join(taskRoot, 'node_modules/otel-datadog-bridge'));
  [layer, layerAlone] = await Promise.all([
    DatadogLambda.start({
      LAMBDA_TASK_ROOT: taskRoot,
      DD_TRACE_EXTRACTOR: 'node_modules/otel-datadog-bridge/dist/datadog-extractor.extract',
    }),
    DatadogLambda.start(),
  ]);
});
afterAll(async () => {
  await Promise.all([layer?.close(), layerAlone?.close()]);
  rmSync(taskRoot, { recursive: true });
});

test('it is one file, which needs no package', async () => {
  const folder = join(taskRoot, 'alone');
  mkdirSync(folder);
  copyFileSync(join(ROOT, 'dist/datadog-extractor.js'), join(folder, 'extractor.js'));
  const script = `const { extract } = require('./extractor.js');
    console.log(JSON.stringify([extract(${JSON.stringify(w3cEvents()[0]?.event)}), Object.keys(require.cache).length]));`;
  const alone = runNode(['-e', script], { cwd: folder });
  expect(await alone.end).toBe(0);
  expect(JSON.parse(alone.stdout)).toEqual([null, 1]);
});

const toFunctions = (deliveries: W3cDelivery[]) => deliveries.filter(({ event }) => event !== undefined);

test("Datadog's layer joins the messages of plain OpenTelemetry, in each shape in which they reach a function", async () => {
  const deliveries = toFunctions(capturedDeliveries());
  for (const { name, event, traceId, spanId } of deliveries) {
    const expected = { name, traceId, spanId, priority: 1, origin: null };
    expect({ name, ...(await layer.invoke(event)) }).toEqual(expected);
    expect((await layerAlone.invoke(event)).spanId, name).toBe(null);
  }
  expect(deliveries.length).toBeGreaterThan(20);
});

test("each event of OpenTelemetry's tracers is joined, with all 128 bits but for Kafka's", async () => {
  const events = w3cEvents();
  for (const { name, event, clientContext, expected } of events) {
    const { traceId, spanId, priority } = expected;
    const parent = await layer.invoke(event, clientContext);
    const known = 'records' in event ? traceId.slice(16).padStart(32, '0') : traceId;
    expect({ name, ...parent }).toMatchObject({ name, traceId: expect.stringMatching(known), spanId });
    expect(Number(parent.priority)).toBe(priority);
  }
  expect(events.length).toBeGreaterThan(30);
});

test("it joins bodies by half of the trace's id where it looks at nothing beside them", async () => {
  const inHalf: string[] = [];
  for (const { name, event, traceId, spanId } of toFunctions(bodyDeliveries())) {
    const parent = await layer.invoke(event);
    expect({
      name,
      spanId: parent.spanId,
      lowerHalf: parent.traceId.slice(-16),
      priority: Number(parent.priority),
    }).toEqual({
      name,
      spanId,
      lowerHalf: traceId.slice(16),
      priority: 1,
    });
    if (parent.traceId !== traceId) inHalf.push(name);
  }
  expect(inHalf).toEqual([
    'an event to a queue and a function',
    'an event to a topic, raw to a queue',
    'an event to a stream and a function',
    'a record to a function',
    'a record in base64 to a function',
  ]);
});

test('it reads everything else as it does without the extractor', async () => {
  let same = 0;
  for (const { name, event, clientContext } of invocations()) {
    const [alone, parent] = [await layerAlone.invoke(event, clientContext), await layer.invoke(event, clientContext)];
    if (alone.spanId === null && parent.spanId !== null) {
      expect(JSON.stringify(event), name).not.toContain('_datadog');
      continue;
    }
    const { traceId, ...rest } = alone;
    expect(parent, name).toEqual(alone.spanId === null ? { ...rest, traceId: parent.traceId } : alone);
    same += 1;
  }
  expect(same).toBeGreaterThan(250);
});
