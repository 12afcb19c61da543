// What a function's flush waits for, what it loses, and what freezing the process does to it.
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { installedRuntimes, LambdaFunction, missingForLambdaRuntime } from '../peers/lambda-runtime/lambda-runtime.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { expected, FLUSHES, FREEZES, frozen } from './lambda/freeze.ts';
import { OtlpEndpoint } from './lambda/otlp-endpoint.ts';
import { REGISTER } from './run-node.ts';

const EXTENSION = `${import.meta.dirname}/../peers/lambda-runtime/datadog-extension.cjs`;
const TASK_ROOT = `${import.meta.dirname}/fixtures/lambda`;
const INVOCATIONS = 20;

describeWithToolchain('Lambda flush', missingForLambdaRuntime(), () => {
  let endpoint: OtlpEndpoint;
  let lambda: LambdaFunction | undefined;

  beforeAll(async () => {
    await installedRuntimes();
  }, 600_000);
  beforeEach(async () => {
    endpoint = await OtlpEndpoint.start();
  });
  afterEach(async () => {
    await lambda?.close();
    await endpoint.close();
  });

  async function start(env: Record<string, string> = {}, major = '24'): Promise<LambdaFunction> {
    lambda = await LambdaFunction.start({
      major,
      handler: 'index.handler',
      taskRoot: TASK_ROOT,
      env: { NODE_OPTIONS: `--require ${REGISTER}`, ...endpoint.env, ...env },
    });
    return lambda;
  }

  test('where nobody listens every answer is the same, and one warning says so', async () => {
    const running = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    for (let count = 0; count < INVOCATIONS; count++) {
      const { body, error } = await running.invoke({});
      expect(error).toBeUndefined();
      expect(JSON.parse(body)).toMatchObject({ name: 'billing' });
    }
    expect(running.output.match(/otel-datadog-bridge/g)).toHaveLength(1);
    expect(running.output).toContain('spans do not reach http://127.0.0.1:1/v1/traces: ECONNREFUSED');
  });

  test('where nobody answers one flush waits, and those after it send nothing', async () => {
    endpoint.behaviour = () => {};
    const running = await start();
    for (let count = 0; count < INVOCATIONS; count++) {
      const { error } = await running.invoke({ spans: 1 });
      expect(error).toBeUndefined();
    }
    expect(endpoint.requests).toHaveLength(1);
    await running.close('SIGTERM');
    expect(running.output.match(/otel-datadog-bridge/g)?.length).toBeLessThanOrEqual(2);
  });

  test('a refusal costs spans, and no waiting', async () => {
    endpoint.behaviour = (_take, response) => response.writeHead(400).end();
    const running = await start({ OTEL_DATADOG_FLUSH_TIMEOUT: '9000' });
    for (let count = 0; count < 3; count++) await running.invoke({});
    expect(endpoint.requests).toHaveLength(3);
    endpoint.behaviour = (take) => take();
    await running.invoke({});
    expect(endpoint.spans).toHaveLength(1);
    expect(running.output).toContain('spans do not reach');
    expect(running.output).toContain('again; 3 were lost in between');
  });

  test('more spans than a batch holds leave in several requests, all of them before the answer', async () => {
    const running = await start({ OTEL_DATADOG_FLUSH_TIMEOUT: '9000', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '100' });
    await running.invoke({ spans: 1000 });
    expect(endpoint.spans).toHaveLength(1001);
    expect(endpoint.requests).toHaveLength(11);
  });

  test('the flush does not wait beyond the timeout of the function', async () => {
    endpoint.behaviour = () => {};
    const running = await start({ OTEL_DATADOG_FLUSH_TIMEOUT: '60000' });
    const { error } = await running.invoke({}, { timeoutMillis: 2000 });
    expect(error).toBeUndefined();
    expect(endpoint.requests).toHaveLength(1);
  });

  test('with the exporter none nothing leaves', async () => {
    const running = await start({ OTEL_TRACES_EXPORTER: 'none' });
    expect(JSON.parse((await running.invoke({})).body).spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(endpoint.requests).toHaveLength(0);
    expect(running.output).toBe('');
  });

  describe("beside Datadog's extension", () => {
    const preload = { NODE_OPTIONS: `--require ${EXTENSION} --require ${REGISTER}` };
    const beside = () => ({
      ...preload,
      DD_OTLP_CONFIG_RECEIVER_PROTOCOLS_HTTP_ENDPOINT: `localhost:${endpoint.port}`,
    });

    test('spans have left when the handler has its result, and nobody waits for an answer', async () => {
      endpoint.behaviour = () => {};
      const running = await start({ ...beside(), OTEL_DATADOG_FLUSH_TIMEOUT: '9000' });
      const { error } = await running.invoke({ spans: 5 }, { timeoutMillis: 5000 });
      running.freeze();
      expect(error).toBeUndefined();
      await expect.poll(() => endpoint.requests).toHaveLength(1);
    });

    test('where nobody answers the second flush waits for the first, and those after it send nothing', async () => {
      endpoint.behaviour = () => {};
      const running = await start(beside());
      for (let count = 0; count < INVOCATIONS; count++) {
        const { error } = await running.invoke({ spans: 1 });
        expect(error).toBeUndefined();
      }
      await expect.poll(() => endpoint.requests).toHaveLength(2);
    });

    test.each(['22', '24'])('on Node %s one answer is outstanding at most, and not waited for', async (major) => {
      let answer: (() => void) | undefined;
      endpoint.behaviour = (take) => {
        answer?.();
        answer = take;
      };
      const running = await start({ ...beside(), OTEL_DATADOG_FLUSH_TIMEOUT: '9000' }, major);
      for (let count = 0; count < INVOCATIONS; count++) await running.invoke({ spans: 1 });
      await expect.poll(() => endpoint.requests).toHaveLength(INVOCATIONS);
      expect(endpoint.spans).toHaveLength(2 * (INVOCATIONS - 1));
      answer?.();
      expect(endpoint.spans.filter(({ repeated }) => repeated > 0)).toEqual([]);
    });

    test.each([
      ['the setting says so', () => ({ ...beside(), OTEL_DATADOG_FLUSH_UNTIL: 'answered' })],
      [
        'the spans go to somebody else',
        () => ({ ...preload, DD_OTLP_CONFIG_RECEIVER_PROTOCOLS_HTTP_ENDPOINT: 'localhost:4318' }),
      ],
    ])('an answer is waited for where %s', async (_why, env) => {
      endpoint.behaviour = () => {};
      const running = await start(env());
      await running.invoke({});
      await running.invoke({});
      expect(endpoint.requests).toHaveLength(1);
    });
  });

  const freezes = ['20', '24'].flatMap((major) =>
    FLUSHES.flatMap((until) => FREEZES.map((freeze) => [major, until, freeze] as const)),
  );
  test.each(freezes)(
    'on Node %s, flushed until %s, no span is lost or taken twice when the function is frozen and %s',
    async (major, until, freeze) => {
      expect(await frozen(freeze, major, 1000, until)).toEqual(expected(freeze));
    },
  );
});
