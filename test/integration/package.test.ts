import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runNode } from './run-node.ts';

const ROOT = join(import.meta.dirname, '../..');
const PUBLIC_NAMES = [
  'DatadogPropagator',
  'DatadogSampler',
  'DatadogSpanProcessor',
  'SampledSpanProcessor',
  'awsInstrumentationConfig',
  'awsSdkPlugin',
  'extractEventContext',
  'extractMessageContext',
  'getExtractedLinks',
  'injectMessageAttributes',
  'lambdaInstrumentationConfig',
  'setSamplingPriority',
  'withMessageContext',
];

/** Each has one `traced`, for the library that it is named after, and is imported without that library. */
const ADAPTERS = ['kafkajs', 'middy', 'powertools-batch', 'sqs-consumer'];

const run = promisify(execFile);
let home: string;
let tarball: string;
let files: string[];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'otel-datadog-bridge-'));
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', home], {
    cwd: ROOT,
  });
  const [packed] = Object.values(JSON.parse(stdout)) as [{ filename: string; files: { path: string }[] }];
  tarball = join(home, packed.filename);
  files = packed.files.map(({ path }) => path);
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** An empty project with the tarball, and what else is named, installed. */
async function project(name: string, ...packages: string[]): Promise<string> {
  const folder = join(home, name);
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball, ...packages], { cwd: folder });
  return folder;
}

async function output(
  folder: string,
  args: string[],
  major: string,
  env: Record<string, string> = {},
): Promise<string> {
  const application = runNode(args, { cwd: folder, major, env });
  const code = await application.end;
  return code === 0
    ? application.stdout + application.stderr
    : Promise.reject(new Error(`${code}: ${application.stderr}`));
}

test('the package holds what it needs and nothing else', () => {
  expect(files).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/datadog-extractor.js',
      'dist/datadog-extractor.licenses.txt',
      'dist/datadog-extractor.cdx.json',
      'dist/lambda-handler.mjs',
      'dist/node-sdk.js',
      'dist/node-sdk.d.ts',
      'dist/node-sdk.licenses.txt',
      'dist/node-sdk.cdx.json',
      'dist/register.js',
      'dist/register.licenses.txt',
      'dist/register.cdx.json',
      'dist/register-installed.js',
      'dist/register-propagation.js',
      'dist/register-propagation.licenses.txt',
      'dist/register-propagation.cdx.json',
    ]),
  );
  expect(files.filter((file) => file.endsWith('.zip'))).toEqual([]);
  expect(files.filter((file) => !/^(?:dist\/|LICENSE$|README\.md$|CHANGELOG\.md$|package\.json$)/.test(file))).toEqual(
    [],
  );
});

describe('installed in an empty project', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await project('empty');
  });

  test('users get the API, import-in-the-middle and what that needs, and nothing of ours for development', async () => {
    const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8'));
    const installed = Object.keys(lock.packages)
      .filter(Boolean)
      .map((path) => path.replace('node_modules/', ''));
    expect(installed).toEqual(
      expect.arrayContaining(['@opentelemetry/api', 'import-in-the-middle', 'otel-datadog-bridge']),
    );
    expect(installed.length).toBeLessThan(10);
  });

  test.each(['20', '24'])('is required, imported and preloaded on Node %s', async (major) => {
    const names = JSON.stringify(PUBLIC_NAMES);
    const required = `console.log(JSON.stringify(Object.keys(require('otel-datadog-bridge')).sort()))`;
    expect(await output(folder, ['-e', required], major)).toBe(`${names}\n`);
    const imported = `import * as bridge from 'otel-datadog-bridge'; import { DatadogPropagator } from 'otel-datadog-bridge';
      console.log(JSON.stringify(Object.keys(bridge).filter((name) => !['__esModule', 'default', 'module.exports'].includes(name)).sort()), new DatadogPropagator().fields().join());`;
    expect(await output(folder, ['--input-type=module', '-e', imported], major)).toBe(
      `${names} _datadog,traceparent,tracestate\n`,
    );
    const preloaded = `const { propagation } = require('@opentelemetry/api');
      propagation.setGlobalPropagator({ inject() {}, extract: (context) => context, fields: () => ['own'] });
      console.log(propagation.fields().join());`;
    for (const option of ['--require', '--import']) {
      const env = { NODE_OPTIONS: `${option} otel-datadog-bridge/register`, OTEL_TRACES_EXPORTER: 'none' };
      expect(await output(folder, ['-e', preloaded], major, env)).toBe('_datadog,traceparent,tracestate\n');
      const beside = { NODE_OPTIONS: `${option} otel-datadog-bridge/register-propagation` };
      expect(await output(folder, ['-e', preloaded], major, beside)).toBe('_datadog,traceparent,tracestate,own\n');
    }
  });

  test.each(['20', '24'])('the adapters are required and imported on Node %s', async (major) => {
    const required = `console.log(${ADAPTERS.map((name) => `require('otel-datadog-bridge/${name}').traced(void 0)`)})`;
    expect(await output(folder, ['-e', required], major)).toBe('undefined undefined undefined undefined\n');
    const imports = ADAPTERS.map((name, index) => `import { traced as t${index} } from 'otel-datadog-bridge/${name}';`);
    const imported = `${imports.join('')} console.log(t0.name, t1.name, t2.name, t3.name)`;
    const names = 'traced traced traced traced\n';
    expect(await output(folder, ['--input-type=module', '-e', imported], major)).toBe(names);
  });

  test('the root export and the adapters load the API and nothing else', async () => {
    const entries = ['', ...ADAPTERS.map((name) => `/${name}`)];
    const requires = entries.map((entry) => `require('otel-datadog-bridge${entry}');`).join('');
    const loaded = `${requires} const own = /node_modules.(?:otel-datadog-bridge|@opentelemetry.api)/;
      console.log(Object.keys(require.cache).filter((file) => !own.test(file)).length)`;
    expect(await output(folder, ['-e', loaded], '20')).toBe('0\n');
  });

  test('its types stand on those of the API alone', async () => {
    await writeFile(
      join(folder, 'application.ts'),
      `import { trace } from '@opentelemetry/api';
       import { DatadogPropagator, DatadogSpanProcessor, awsSdkPlugin, withMessageContext } from 'otel-datadog-bridge';
       export const propagator = new DatadogPropagator();
       export const processor = new DatadogSpanProcessor({ operationNames: 'v0' });
       export const plugin = awsSdkPlugin();
       export const answer: Promise<number> = withMessageContext({}, async () => 42);
       import { traced as tracedRun } from 'otel-datadog-bridge/kafkajs';
       import { traced as tracedHandler } from 'otel-datadog-bridge/middy';
       import { traced as tracedRecords } from 'otel-datadog-bridge/powertools-batch';
       import { traced as tracedOptions } from 'otel-datadog-bridge/sqs-consumer';
       interface Payload { topic: string }
       interface Message { Body?: string }
       interface Run { eachMessage?: (payload: Payload) => Promise<void>; autoCommit?: boolean }
       interface Options { queueUrl: string; handleMessage?(message: Message): Promise<Message | undefined>; batchSize?: number }
       export const topics: string[] = [];
       const consume = (run?: Run): Run | undefined => run;
       consume(tracedRun({ eachMessage: async ({ topic }) => void topics.push(topic) }));
       const create = (options: Options): Options => options;
       create(tracedOptions({ queueUrl: 'q', handleMessage: async (message) => message }));
       export const sum: (a: number, b: number) => number = tracedRecords((a: number, b: number) => a + b);
       export const late: (event: Payload) => Promise<string> = tracedHandler(async (event: Payload) => event.topic);
       import { nodeSdkConfiguration, startNodeSdkOptions } from 'otel-datadog-bridge/node-sdk';
       export const configuration = nodeSdkConfiguration({ serviceName: 'shop' }).serviceName.length;
       export const options = startNodeSdkOptions();
       trace.getTracer('application');`,
    );
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const flags = [
      '--strict',
      '--noEmit',
      '--skipLibCheck',
      'false',
      '--types',
      '',
      '--target',
      'es2022',
      '--module',
      'nodenext',
    ];
    await expect(run(process.execPath, [tsc, ...flags, 'application.ts'], { cwd: folder })).resolves.toMatchObject({
      stdout: '',
    });
  });

  test('without the API the preload is one warning, and the application starts', async () => {
    const bare = join(home, 'bare');
    await mkdir(join(bare, 'node_modules'), { recursive: true });
    await cp(join(folder, 'node_modules/otel-datadog-bridge'), join(bare, 'node_modules/otel-datadog-bridge'), {
      recursive: true,
    });
    const application = runNode(['-p', '"started"'], {
      cwd: bare,
      env: { NODE_OPTIONS: '--require otel-datadog-bridge/register' },
    });
    expect(await application.end).toBe(0);
    expect(application.stdout).toBe('started\n');
    expect(application.stderr).toMatch(
      /otel-datadog-bridge: tracing did not start: @opentelemetry\/api is not installed, and 1\.9 or newer is needed/,
    );
    expect(application.stderr.match(/otel-datadog-bridge: /g)).toHaveLength(1);
  });
});

describe('beside a copy of the API that the application has for itself', () => {
  test.each([
    ['older', '1.9.0', '1.10.0'],
    ['newer', '1.10.0', '1.9.0'],
  ])('%s than ours, it sees the same spans (%s, ours %s)', async (age, theirs, ours) => {
    const bridge = await project(`bridge-${age}`, `@opentelemetry/api@${ours}`);
    const folder = join(home, `application-${age}`);
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), '{"private":true}');
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', `@opentelemetry/api@${theirs}`], {
      cwd: folder,
    });
    await writeFile(
      join(folder, 'application.cjs'),
      `const { propagation, trace } = require('@opentelemetry/api');
       trace.getTracer('application').startActiveSpan('own', (span) => {
         const headers = {};
         propagation.inject(require('@opentelemetry/api').context.active(), headers);
         console.log(span.isRecording(), trace.getActiveSpan() === span, Object.keys(headers).sort().join());
       });`,
    );
    const env = {
      NODE_OPTIONS: `--require ${join(bridge, 'node_modules/otel-datadog-bridge/dist/register.js')}`,
      OTEL_TRACES_EXPORTER: 'none',
    };
    expect(await output(folder, [join(folder, 'application.cjs')], '24', env)).toBe(
      'true true traceparent,tracestate,x-datadog-parent-id,x-datadog-sampling-priority,x-datadog-tags,x-datadog-trace-id\n',
    );
  });
});
