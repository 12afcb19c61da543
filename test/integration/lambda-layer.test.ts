// The layer: the function's code is untouched, and AWS_LAMBDA_EXEC_WRAPPER names its wrapper.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { nodeBinary } from '../node/node-binary.mjs';
import { installedRuntimes, LambdaFunction, missingForLambdaRuntime } from '../peers/lambda-runtime/lambda-runtime.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { OtlpEndpoint } from './lambda/otlp-endpoint.ts';
import { unpack } from './lambda/unpacked-layer.ts';
import { ROOT } from './run-node.ts';

const ZIP = join(ROOT, 'dist/otel-datadog-bridge-layer.zip');
const MAX_BYTES = 1024 * 1024;
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const EVENT = { headers: { traceparent: TRACEPARENT } };
const FUNCTION = `
  const api = require('@opentelemetry/api');
  exports.handler = async (event) => {
    const { traceId, spanId } = api.trace.getActiveSpan()?.spanContext() ?? {};
    const headers = {};
    api.propagation.inject(api.context.active(), headers);
    return { traceId, spanId, fields: Object.keys(headers).length, marks: process.env.MARKS };
  };`;

const run = promisify(execFile);

/** Makes the layer of what was built, in another time zone if that is said. */
async function layer(TZ = 'UTC'): Promise<Buffer> {
  await run(nodeBinary('24'), ['layer/build.mjs'], { cwd: ROOT, env: { ...process.env, TZ } });
  return readFile(ZIP);
}

test('the layer is the same bytes each time, small, and has the licences of what is in it', async () => {
  const [zip, again] = [await layer(), await layer('Asia/Tokyo')];
  expect(again.equals(zip)).toBe(true);
  expect(zip.length).toBeLessThan(MAX_BYTES);
  const home = await mkdtemp(join(tmpdir(), 'otel-datadog-bridge-'));
  unpack(zip, home);
  for (const file of ['LICENSE', 'register.licenses.txt', 'node_modules/@opentelemetry/api/LICENSE'])
    expect(await readFile(join(home, 'otel-datadog', file), 'utf8')).toContain('Apache License');
  expect(await readFile(join(home, 'otel-datadog/register.cdx.json'), 'utf8')).toContain('"bomFormat": "CycloneDX"');
  await rm(home, { recursive: true });
});

describeWithToolchain('Lambda layer', missingForLambdaRuntime(), () => {
  let endpoint: OtlpEndpoint;
  let home: string;
  let opt: string;
  let taskRoot: string;
  let lambda: LambdaFunction | undefined;

  beforeAll(async () => {
    await installedRuntimes();
    [endpoint, home] = await Promise.all([OtlpEndpoint.start(), mkdtemp(join(tmpdir(), 'otel datadog bridge-'))]);
    opt = join(home, 'opt');
    taskRoot = join(home, 'task');
    unpack(await layer(), opt);
    await mkdir(join(taskRoot, 'node_modules/@opentelemetry'), { recursive: true });
    await cp(join(ROOT, 'node_modules/@opentelemetry/api'), join(taskRoot, 'node_modules/@opentelemetry/api'), {
      recursive: true,
    });
    await writeFile(join(taskRoot, 'index.js'), FUNCTION);
  }, 600_000);
  beforeEach(() => endpoint.empty());
  afterEach(() => lambda?.close());
  afterAll(async () => {
    await endpoint?.close();
    await rm(home, { recursive: true, force: true });
  });

  interface Answered {
    readonly answer: { traceId?: string; spanId?: string; fields: number; marks?: string };
    readonly output: string;
  }

  async function invoked(
    major: string,
    env: Record<string, string> = {},
    folders = { opt, taskRoot },
  ): Promise<Answered> {
    lambda = await LambdaFunction.start({
      major,
      taskRoot: folders.taskRoot,
      handler: 'index.handler',
      wrapper: join(folders.opt, 'otel-datadog-handler'),
      env: { ...endpoint.env, OTEL_DATADOG_FLUSH_TIMEOUT: '9000', ...env },
    });
    const { body, error } = await lambda.invoke(EVENT);
    expect(error).toBeUndefined();
    await lambda.idle();
    return { answer: JSON.parse(body), output: lambda.output };
  }

  function expectTraced({ answer }: Answered): void {
    expect(answer).toMatchObject({ traceId: TRACEPARENT.slice(3, 35), fields: 6 });
    expect(endpoint.spans.find(({ spanId }) => spanId === answer.spanId)).toMatchObject({
      traceId: answer.traceId,
      name: 'billing',
    });
  }

  async function changedLayer(change: (folder: string) => Promise<unknown>): Promise<string> {
    const changed = await mkdtemp(join(home, 'opt-'));
    await cp(opt, changed, { recursive: true });
    await change(join(changed, 'otel-datadog'));
    return changed;
  }

  test.each(['20', '22', '24'])('on Node %s it traces the function', async (major) => {
    const answered = await invoked(major);
    expectTraced(answered);
    expect(answered.output).toBe('');
  });

  test.each(['1.9.0', '1.10.0'])('it uses one API with a function that has %s of its own', async (version) => {
    const folder = await mkdtemp(join(home, 'task-'));
    await writeFile(join(folder, 'package.json'), '{"private":true}');
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', `@opentelemetry/api@${version}`], {
      cwd: folder,
    });
    await writeFile(join(folder, 'index.js'), FUNCTION);
    expectTraced(await invoked('24', {}, { opt, taskRoot: folder }));
  });

  describe('the function starts as without it', () => {
    test.each<[why: string, change: (folder: string) => Promise<unknown>, warning: string]>([
      ['without its files', (folder) => rm(folder, { recursive: true }), ''],
      ['without its bundle', (folder) => rm(join(folder, 'register.js')), 'tracing did not start: Cannot find module'],
      [
        'with a bundle that throws',
        (folder) => writeFile(join(folder, 'register.js'), 'throw new Error("damaged")'),
        'tracing did not start: damaged',
      ],
      [
        'with half a bundle',
        async (folder) => {
          const bundle = await readFile(join(folder, 'register.js'), 'utf8');
          await writeFile(join(folder, 'register.js'), bundle.slice(0, bundle.length / 2));
        },
        'tracing did not start: ',
      ],
    ])('%s', async (_why, change, warning) => {
      const { answer, output } = await invoked('24', {}, { opt: await changedLayer(change), taskRoot });
      expect(answer).toEqual({ fields: 0 });
      expect(endpoint.spans).toEqual([]);
      expect(output).toContain(warning);
      expect(output.split('otel-datadog-bridge: ')).toHaveLength(warning === '' ? 1 : 2);
    });

    test('without what the runtime client is to load, where it is traced but for its invocations', async () => {
      const changed = await changedLayer((folder) => rm(join(folder, 'lambda-handler.mjs')));
      expect((await invoked('24', {}, { opt: changed, taskRoot })).answer).toEqual({ fields: 0 });
    });
  });

  test('another wrapper is started after it', async () => {
    const next = join(home, 'next wrapper');
    await writeFile(next, '#!/bin/sh\nexport MARKS="$MARKS next"\nexec "$@"\n', { mode: 0o755 });
    const answered = await invoked('24', { OTEL_DATADOG_NEXT_WRAPPER: next, MARKS: 'first' });
    expectTraced(answered);
    expect(answered.answer.marks).toBe('first next');
  });

  test.each(['absent', 'itself'])('another wrapper that is %s costs one line', async (which) => {
    const next = join(opt, which === 'itself' ? 'otel-datadog-handler' : which);
    const answered = await invoked('24', { OTEL_DATADOG_NEXT_WRAPPER: next });
    expectTraced(answered);
    expect(answered.output).toContain('cannot be executed; the function starts without it');
  });
});
