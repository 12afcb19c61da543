import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Receiver } from '../../demo/receiver.ts';
import type { Span } from '../../demo/span.ts';
import { QUIET_TRACER } from '../peers/dd-trace-js/remote-parent.ts';
import { type NpmPeer, npmProject } from '../peers/npm-project.ts';
import { ROOT, type Run, runNode } from './run-node.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const CALLER = join(FIXTURES, 'caller.cjs');
const BY_CONFIGURATION = ['--require', './datadog-node-sdk.cjs'];
const BY_OPTIONS = ['--require', './datadog-start-node-sdk.cjs'];
const BY_IMPORT = ['--import', './datadog-node-sdk.mjs'];
const PEERS: NpmPeer[] = ['opentelemetry-sdk-2', 'opentelemetry-sdk-3'];

type Environment = Record<string, string>;
interface Sent {
  readonly http: string[];
  readonly fetch: string[];
  readonly sqs: Record<string, { StringValue: string }> | null;
}

let receiver: Receiver;
let spans: readonly Span[];
const projects = new Map<NpmPeer, string>();
beforeAll(async () => {
  receiver = await Receiver.start();
  for (const peer of PEERS) projects.set(peer, await npmProject({ peer, application: join(FIXTURES, 'beside-sdk') }));
}, 600_000);
afterAll(async () => {
  await receiver.close();
  for (const folder of projects.values()) await rm(folder, { recursive: true, force: true });
});

function run(args: string[], peer: NpmPeer, env: Environment = {}, major = '24'): Run {
  spans = receiver.begin();
  return runNode(args, {
    major,
    cwd: projects.get(peer) ?? '',
    env: {
      DD_SERVICE: 'shop',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.endpoint}/v1/traces`,
      OTEL_BSP_SCHEDULE_DELAY: '50',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...env,
    },
  });
}

const serve = (args: string[], peer: NpmPeer, env?: Environment, major?: string) =>
  run([...args, 'application.cjs'], peer, env, major);

async function sentOn(application: Run): Promise<Sent> {
  const url = await application.printed(/listens on (\S+)/);
  return (await (await fetch(`${url}/front`)).json()) as Sent;
}

/** Ends it, and gives what it has complained of. */
async function complaintsOf(application: Run): Promise<string> {
  application.child.kill('SIGKILL');
  await application.end;
  return application.stderr;
}

const valueIn = (raw: string[], name: string) => raw[raw.indexOf(name) + 1];

const LINES: [name: string, args: string[], peer: NpmPeer, major: string, version: RegExp][] = [
  ['NodeSDK 2.x on Node 20', BY_CONFIGURATION, 'opentelemetry-sdk-2', '20', /^2\./],
  ['NodeSDK 2.x on Node 24', BY_CONFIGURATION, 'opentelemetry-sdk-2', '24', /^2\./],
  ['NodeSDK 3.x on Node 24', BY_CONFIGURATION, 'opentelemetry-sdk-3', '24', /^3\./],
  ['NodeSDK 3.x as a module', BY_IMPORT, 'opentelemetry-sdk-3', '24', /^3\./],
  ['startNodeSdk 3.x on Node 24', BY_OPTIONS, 'opentelemetry-sdk-3', '24', /^3\./],
];

describe.each(LINES)('%s', (_name, args, peer, major, version) => {
  test('has a trace from dd-trace over HTTP to SQS', async () => {
    const environment = {
      DD_ENV: 'prod',
      DD_TAGS: 'team:red',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=other,service.name=other,region=eu',
    };
    const application = serve(args, peer, environment, major);
    const url = await application.printed(/listens on (\S+)/);
    const caller = runNode(['--require', 'dd-trace/init', CALLER], {
      cwd: join(ROOT, 'test'),
      env: {
        ...QUIET_TRACER,
        NEXT: `${url}/front`,
        DD_TRACE_DISABLED_PLUGINS: 'fs,dns,net',
        DD_TRACE_SAMPLE_RATE: '1',
        OTEL_TRACES_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.endpoint}/v1/traces`,
      },
    });
    expect(await caller.end, caller.stderr).toBe(0);
    const { http, fetch, sqs }: Sent = JSON.parse(caller.stdout);
    await expect.poll(() => spans.length, { timeout: 5000 }).toBe(7);

    const request = spans.find(({ tracedBy }) => tracedBy === 'Datadog');
    const server = spans.find(({ parentSpanId }) => parentSpanId === request?.spanId);
    const send = spans.find(({ name }) => name === 'orders send');
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(server).toMatchObject({ kind: 'SERVER', service: 'shop', attributes: { 'sampling.priority': 2 } });
    expect(send?.parentSpanId).toBe(server?.spanId);
    const message = JSON.parse(sqs?._datadog?.StringValue ?? '{}');
    expect(message['x-datadog-parent-id']).toBe(BigInt(`0x${send?.spanId}`).toString());
    expect(message.traceparent).toBe(`00-${send?.traceId}-${send?.spanId}-01`);
    for (const raw of [http, fetch]) {
      expect(raw.filter((text) => text === 'x-datadog-trace-id')).toHaveLength(1);
      expect(valueIn(raw, 'x-datadog-sampling-priority')).toBe('2');
    }
    expect(server?.resource).toMatchObject({
      'deployment.environment.name': 'prod',
      'process.pid': application.child.pid,
      'telemetry.sdk.name': 'opentelemetry',
      'telemetry.sdk.version': expect.stringMatching(version),
      team: 'red',
      region: 'eu',
    });
    expect(await complaintsOf(application)).toBe('');
  });

  test('samples as the preload does', async () => {
    const application = serve(args, peer, { DD_TRACE_SAMPLE_RATE: '0' }, major);
    expect(valueIn((await sentOn(application)).http, 'x-datadog-sampling-priority')).toBe('-1');
    application.child.kill('SIGTERM');
    expect(await application.end).toBe('SIGTERM');
    expect(spans).toEqual([]);
  });

  test('sends what waits when the process ends', async () => {
    const application = serve(args, peer, { OTEL_BSP_SCHEDULE_DELAY: '60000' }, major);
    await sentOn(application);
    expect(spans).toEqual([]);
    application.child.kill('SIGTERM');
    expect(await application.end).toBe('SIGTERM');
    expect(spans).toHaveLength(6);
  });

  test('does nothing where tracing is switched off', async () => {
    const application = serve(args, peer, { DD_TRACE_ENABLED: 'false' }, major);
    const { http, fetch, sqs } = await sentOn(application);
    expect([...http, ...fetch].filter((text) => /^(?:traceparent|x-datadog-.*)$/.test(text))).toEqual([]);
    expect(sqs).toBeNull();
    application.child.kill('SIGTERM');
    expect(await application.end).toBe('SIGTERM');
    expect(spans).toEqual([]);
  });
});

const GIVEN_TO: [name: string, args: string[], peer: NpmPeer][] = [
  ['NodeSDK 2.x', BY_CONFIGURATION, 'opentelemetry-sdk-2'],
  ['NodeSDK 3.x', BY_CONFIGURATION, 'opentelemetry-sdk-3'],
  ['startNodeSdk 3.x', BY_OPTIONS, 'opentelemetry-sdk-3'],
];

describe.each(GIVEN_TO)('what is given to %s wins', (_name, args, peer) => {
  const give = (name: string) => serve(args, peer, { GIVEN: './given.cjs', GIVEN_NAME: name });

  test('instrumentations', async () => {
    const application = give('instrumentations');
    const { http, fetch, sqs } = await sentOn(application);
    for (const raw of [http, fetch]) expect(raw.filter((text) => text === 'traceparent')).toHaveLength(1);
    expect(Object.keys(sqs ?? {}).sort()).toEqual(['_datadog', 'traceparent', 'tracestate']);
    await expect.poll(() => spans.length).toBe(6);
    expect(await complaintsOf(application)).toBe('');
  });

  test.each(['serviceName', 'resource'])('a name of the service: %s', async (how) => {
    const application = give(how);
    await sentOn(application);
    await expect.poll(() => spans.map(({ service }) => service)).toEqual(Array(6).fill('mine'));
    expect(await complaintsOf(application)).toBe('');
  });

  test('span processors', async () => {
    const application = give('spanProcessors');
    await sentOn(application);
    await application.printed(/span orders send 1/);
    expect(await complaintsOf(application)).toBe('');
    expect(spans).toEqual([]);
  });

  // `startNodeSdk` takes none.
  if (args === BY_OPTIONS) return;

  test('an exporter', async () => {
    const application = give('traceExporter');
    await sentOn(application);
    await application.printed(/span orders send 1/);
    expect(await complaintsOf(application)).toBe('');
    expect(spans).toEqual([]);
  });
});

test.each(GIVEN_TO)('%s: setSamplingPriority() of the package reaches the spans', async (_name, args, peer) => {
  const script = `const { trace } = require('@opentelemetry/api');
    const { setSamplingPriority } = require('otel-datadog-bridge');
    trace.getTracer('shop').startActiveSpan('kept', (span) => { setSamplingPriority(2); span.end(); });
    trace.getTracer('shop').startActiveSpan('dropped', (span) => span.end());`;
  const application = run([...args, '-e', script], peer, { DD_TRACE_SAMPLE_RATE: '0' });
  expect(await application.end, application.stderr).toBe(0);
  expect(spans).toMatchObject([{ name: 'kept', attributes: { 'sampling.priority': 2 } }]);
});

test.each(GIVEN_TO)('%s beside /register-propagation writes once', async (_name, args, peer) => {
  const application = serve(['--require', 'otel-datadog-bridge/register-propagation', ...args], peer);
  const { http, fetch, sqs } = await sentOn(application);
  for (const raw of [http, fetch]) expect(raw.filter((text) => text === 'x-datadog-trace-id')).toHaveLength(1);
  expect(Object.keys(sqs ?? {}).sort()).toEqual(['_datadog', 'traceparent', 'tracestate']);
  await expect.poll(() => spans.length).toBe(6);
  expect(await complaintsOf(application)).toBe('');
});

test.each(GIVEN_TO)('%s: a bad value is one warning, as under the preload', async (_name, args, peer) => {
  const bad = { OTEL_EXPORTER_OTLP_COMPRESSION: 'zip', OTEL_PROPAGATORS: 'jaeger', DD_TRACE_SAMPLE_RATE: '2' };
  const application = run([...args, '-e', ''], peer, bad);
  expect(await application.end, application.stderr).toBe(0);
  const lines = application.stderr.split('\n').filter((line) => line.includes('otel-datadog-bridge: '));
  expect(lines).toHaveLength(Object.keys(bad).length);
  for (const [name, value] of Object.entries(bad)) {
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`${name}.*${value}`)));
  }
});

describe('metrics and logs', () => {
  const asked = `const { nodeSdkConfiguration } = require('otel-datadog-bridge/node-sdk');
    const { metricReaders, logRecordProcessors } = nodeSdkConfiguration(JSON.parse(process.env.GIVEN_JSON));
    console.log(JSON.stringify({ metricReaders, logRecordProcessors }));`;
  test.each<[string, Environment, object, object]>([
    ['off', {}, {}, { metricReaders: [], logRecordProcessors: [] }],
    ["the SDK's own, where all go to one place", { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, {}, {}],
    ["the SDK's own, where one is asked for", { OTEL_METRICS_EXPORTER: 'console' }, {}, { logRecordProcessors: [] }],
    ['those that are given', {}, { metricReaders: ['own'] }, { metricReaders: ['own'], logRecordProcessors: [] }],
  ])('are %s', async (_what, env, given, expected) => {
    const application = run(['-e', asked], 'opentelemetry-sdk-2', { ...env, GIVEN_JSON: JSON.stringify(given) });
    expect(await application.end, application.stderr).toBe(0);
    expect(JSON.parse(application.stdout)).toEqual(expected);
  });
});

test('options beside a file that has all of the configuration are one warning', async () => {
  const env = { OTEL_CONFIG_FILE: 'declarative.yaml', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
  const application = serve(BY_OPTIONS, 'opentelemetry-sdk-3', env);
  expect(valueIn((await sentOn(application)).http, 'host')).toBeDefined();
  const lines = (await complaintsOf(application)).split('\n').filter((line) => line.includes('otel-datadog-bridge: '));
  expect(lines).toEqual([expect.stringContaining('OTEL_CONFIG_FILE=declarative.yaml')]);
});

describe('its types', () => {
  const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
  const FLAGS = ['--strict', '--exactOptionalPropertyTypes', '--noEmit', '--target', 'es2022', '--module', 'nodenext'];
  const compile = async (folder: string, code: string, ...flags: string[]) => {
    await writeFile(join(folder, 'typed.ts'), code);
    const { stdout } = await promisify(execFile)(process.execPath, [TSC, ...FLAGS, ...flags, 'typed.ts'], {
      cwd: folder,
    }).catch((error: { stdout: string }) => error);
    return stdout;
  };
  const IMPORT = `import { nodeSdkConfiguration, startNodeSdkOptions } from 'otel-datadog-bridge/node-sdk';`;

  test('stand on those of the API alone', async () => {
    const folder = await npmProject({ peer: 'opentelemetry-sdk-2', only: ['@opentelemetry/api'] });
    const code = `${IMPORT}
      export const kept: string = nodeSdkConfiguration({ own: 'kept' }, { operationNames: 'v0' }).own;
      export const options = startNodeSdkOptions();`;
    expect(await compile(folder, code, '--skipLibCheck', 'false', '--types', '')).toBe('');
    await rm(folder, { recursive: true, force: true });
  });

  const NEW = (given: string) => `new NodeSDK(nodeSdkConfiguration(${given}));`;
  test.each<[NpmPeer, string]>([
    ['opentelemetry-sdk-2', ''],
    [
      'opentelemetry-sdk-3',
      `startNodeSdk(startNodeSdkOptions()); startNodeSdk(startNodeSdkOptions({ logLevel: 'warn' }));`,
    ],
  ])('fit %s', async (peer, start) => {
    const code = `${IMPORT}
      import { NodeSDK${start && ', startNodeSdk'}, type NodeSDKConfiguration } from '@opentelemetry/sdk-node';
      import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
      declare const own: Partial<NodeSDKConfiguration>;
      ${NEW('')} ${NEW('own')} ${NEW(`{ serviceName: 'shop', instrumentations: [new HttpInstrumentation(), [new HttpInstrumentation()]] }`)}
      ${start}`;
    const types = ['--skipLibCheck', '--typeRoots', join(ROOT, 'node_modules/@types'), '--types', 'node'];
    expect(await compile(projects.get(peer) ?? '', code, ...types)).toBe('');
    // And the check checks.
    expect(await compile(projects.get(peer) ?? '', `${IMPORT} nodeSdkConfiguration(1);`, ...types)).toContain('TS2345');
  });
});
