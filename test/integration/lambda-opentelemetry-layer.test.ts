// Beside OpenTelemetry's own layer for Lambda, here a stand-in that calls the hooks which that documents.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { installedRuntimes, LambdaFunction, missingForLambdaRuntime } from '../peers/lambda-runtime/lambda-runtime.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { OtlpEndpoint } from './lambda/otlp-endpoint.ts';
import { REGISTER } from './run-node.ts';

const TASK_ROOT = join(import.meta.dirname, 'fixtures/lambda');
const THEIR_WRAPPER = join(TASK_ROOT, 'opentelemetry-layer/otel-handler');
const OUR_WRAPPER = join(import.meta.dirname, '../../layer/otel-datadog-handler');
const TRACE_ID = '6b0305aa00000000079f1ce5c3953e3c';
const DATADOG = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '2389016664841884869',
  'x-datadog-sampling-priority': '2',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000,_dd.p.dm=-4',
};
const EVENT = {
  Records: [
    { body: '', messageAttributes: { _datadog: { dataType: 'String', stringValue: JSON.stringify(DATADOG) } } },
  ],
};

describeWithToolchain("beside OpenTelemetry's Lambda layer", missingForLambdaRuntime(), () => {
  let endpoint: OtlpEndpoint;
  let lambda: LambdaFunction | undefined;
  let folder: string;
  beforeAll(async () => {
    await installedRuntimes();
    [endpoint, folder] = await Promise.all([OtlpEndpoint.start(), mkdtemp(join(tmpdir(), 'otel-datadog-bridge-'))]);
    // The wrapper of the layer starts what is in the folder beside it.
    await writeFile(join(folder, 'otel-datadog-handler'), await readFile(OUR_WRAPPER), { mode: 0o755 });
  }, 600_000);
  beforeEach(() => endpoint.empty());
  afterEach(() => lambda?.close());
  afterAll(async () => {
    await endpoint?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function invoked(env: Record<string, string>, wrapper = THEIR_WRAPPER, own = 8) {
    lambda = await LambdaFunction.start({
      // Of a CommonJS function that is imported, as it is from Node 24 on, contrib's instrumentation sees nothing.
      major: '22',
      taskRoot: TASK_ROOT,
      handler: 'sender.handler',
      wrapper,
      env: { ...endpoint.env, ...env },
    });
    const { body } = await lambda.invoke({ ...EVENT, own });
    const answer: { sent: Record<string, { StringValue: string }>; hook?: string } = JSON.parse(body);
    return { ...answer, sender: endpoint.spans.find(({ name }) => name.startsWith('orders')), output: lambda.output };
  }

  test('without us the function is in a trace of its own, and the message has no context', async () => {
    const { sent } = await invoked({}, THEIR_WRAPPER, 9);
    expect(Object.keys(sent)).toHaveLength(9);
    expect(endpoint.spans.map(({ traceId }) => traceId)).not.toContain(TRACE_ID);
  });

  test.each([
    ['its wrapper', THEIR_WRAPPER, {}],
    ['our wrapper, then its', 'ours', { OTEL_DATADOG_NEXT_WRAPPER: THEIR_WRAPPER }],
  ])(
    'with %s the function is in the trace of dd-trace, and so is what it sends, by one writer',
    async (_name, wrapper, env) => {
      const preload = { ...env, NODE_OPTIONS: `--require ${REGISTER}` };
      const ours = join(folder, 'otel-datadog-handler');
      const { sent, sender, output } = await invoked(preload, wrapper === 'ours' ? ours : wrapper);
      expect(Object.keys(sent)).toEqual([
        ...Array.from({ length: 8 }, (_, index) => `own-${index}`),
        '_datadog',
        'traceparent',
      ]);
      const fields = JSON.parse(sent._datadog?.StringValue ?? '');
      expect(fields).toMatchObject({
        'x-datadog-trace-id': DATADOG['x-datadog-trace-id'],
        'x-datadog-sampling-priority': '2',
        'x-datadog-parent-id': BigInt(`0x${sender?.spanId}`).toString(),
      });
      expect(sent.traceparent?.StringValue).toBe(`00-${TRACE_ID}-${sender?.spanId}-01`);
      const invocation = endpoint.spans.find(({ name }) => name === 'billing');
      expect(invocation).toMatchObject({ traceId: TRACE_ID, parentSpanId: '21277dffc66394c5' });
      expect(sender).toMatchObject({ traceId: TRACE_ID, parentSpanId: invocation?.spanId });
      expect(invocation?.attributes).not.toHaveProperty('span.type');
      expect(output).toBe('');
    },
  );

  test.each(['before', 'after'])("a hook of the application's own that is set %s comes first", async (when) => {
    const hook = join(folder, 'hook.cjs');
    await writeFile(
      hook,
      `globalThis.configureLambdaInstrumentation = (config) => ({
         ...config,
         requestHook: (span) => { globalThis.hookWasCalled = span.spanContext().traceId; },
       });`,
    );
    const preloads = when === 'before' ? [hook, REGISTER] : [REGISTER, hook];
    const answer = await invoked({ NODE_OPTIONS: preloads.map((file) => `--require ${file}`).join(' ') });
    expect(answer.hook).toBe(TRACE_ID);
  });
});
