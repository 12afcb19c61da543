import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Receiver } from '../../demo/receiver.ts';
import type { Span } from '../../demo/span.ts';
import { type NpmPeer, npmProject } from '../peers/npm-project.ts';
import { FROM_DATADOG as DATADOG, TRACE_ID as DATADOG_TRACE_ID } from '../unit/from-datadog.ts';
import { type Run, runNode } from './run-node.ts';

const APPLICATION = join(import.meta.dirname, 'fixtures/beside-sdk');
const OURS = 'otel-datadog-bridge/register-propagation';
const AUTO = '@opentelemetry/auto-instrumentations-node/register';
const ELASTIC = '@elastic/opentelemetry-node';
const NODE_SDK = './node-sdk.cjs';
const START_NODE_SDK = './start-node-sdk.cjs';
const DECLARATIVE = { OTEL_CONFIG_FILE: 'declarative.yaml', OTEL_EXPERIMENTAL_CONFIG_FILE: 'declarative.yaml' };

const W3C = { traceparent: '00-11111111111111112222222222222222-00f067aa0ba902b7-01', tracestate: 'other=1' };
const W3C_TRACE_ID = '11111111111111112222222222222222';

/** What the application sends on: raw headers, and a message's attributes. */
interface Sent {
  readonly http: string[];
  readonly fetch: string[];
  readonly sqs: Record<string, { StringValue: string }>;
}

let receiver: Receiver;
let spans: readonly Span[];
let projects: Map<NpmPeer, string>;

const PEERS: NpmPeer[] = ['opentelemetry-sdk-2', 'opentelemetry-sdk-3'];
beforeAll(async () => {
  receiver = await Receiver.start();
  projects = new Map();
  for (const peer of PEERS) projects.set(peer, await npmProject({ peer, application: APPLICATION }));
}, 600_000);
afterAll(async () => {
  await receiver.close();
  for (const folder of projects.values()) await rm(folder, { recursive: true, force: true });
});

function run(args: string[], cwd: string, env: Record<string, string> = {}, major = '24'): Run {
  return runScript([...args, 'application.cjs'], cwd, env, major);
}

function runScript(args: string[], cwd: string, env: Record<string, string> = {}, major = '24'): Run {
  spans = receiver.begin();
  return runNode(args, {
    major,
    cwd,
    env: {
      OTEL_SERVICE_NAME: 'shop',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      // The others ask clouds for their metadata.
      OTEL_NODE_RESOURCE_DETECTORS: 'env',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...env,
    },
  });
}

async function sentOn(application: Run, headers: Record<string, string>): Promise<Sent> {
  const url = await application.printed(/listens on (\S+)/);
  return (await (await fetch(`${url}/front`, { headers })).json()) as Sent;
}

async function stop(application: Run): Promise<void> {
  application.child.kill('SIGKILL');
  await application.end;
}

function headersOnce(raw: string[]): Record<string, string> {
  const names = raw.filter((_text, index) => index % 2 === 0).map((name) => name.toLowerCase());
  expect(new Set(names).size).toBe(names.length);
  return Object.fromEntries(names.map((name, index) => [name, raw[2 * index + 1] ?? '']));
}

/** Of each of the three that was sent, the fields; every one is there once, in both formats, for the trace. */
function contexts({ http, fetch, sqs }: Sent, traceId: string): Record<string, string>[] {
  const { _datadog, traceparent } = sqs;
  const message: Record<string, string> = JSON.parse(_datadog?.StringValue ?? '{}');
  expect(traceparent?.StringValue).toBe(message.traceparent);
  return [headersOnce(http), headersOnce(fetch), message].map((fields) => {
    const [, id, spanId = ''] = fields.traceparent?.split('-') ?? [];
    expect(id).toBe(traceId);
    expect(fields['x-datadog-trace-id']).toBe(BigInt(`0x${traceId.slice(16)}`).toString());
    expect(fields['x-datadog-parent-id']).toBe(BigInt(`0x${spanId}`).toString());
    return fields;
  });
}

const CASES: [name: string, peer: NpmPeer, majors: string[], args: string[], env?: Record<string, string>][] = [
  ['NodeSDK 3.x', 'opentelemetry-sdk-3', ['24'], ['--require', OURS, '--require', NODE_SDK]],
  ['NodeSDK 3.x, before', 'opentelemetry-sdk-3', ['24'], ['--require', NODE_SDK, '--require', OURS]],
  [
    'startNodeSdk 3.x',
    'opentelemetry-sdk-3',
    ['24'],
    ['--require', OURS, '--require', START_NODE_SDK],
    { OTEL_NODE_RESOURCE_DETECTORS: 'service' },
  ],
  [
    'startNodeSdk 3.x by OTEL_CONFIG_FILE',
    'opentelemetry-sdk-3',
    ['24'],
    ['--require', OURS, '--require', START_NODE_SDK],
    DECLARATIVE,
  ],
  ['auto-instrumentations 3.x', 'opentelemetry-sdk-3', ['24'], ['--require', OURS, '--require', AUTO]],
  ['auto-instrumentations 3.x, before', 'opentelemetry-sdk-3', ['24'], ['--require', AUTO, '--require', OURS]],
  [
    'startNodeSDK 2.x by OTEL_CONFIG_FILE',
    'opentelemetry-sdk-2',
    ['20', '24'],
    ['--require', OURS, '--require', START_NODE_SDK],
    DECLARATIVE,
  ],
  ['auto-instrumentations 2.x', 'opentelemetry-sdk-2', ['20', '24'], ['--require', OURS, '--require', AUTO]],
  ['auto-instrumentations 2.x, before', 'opentelemetry-sdk-2', ['20'], ['--require', AUTO, '--require', OURS]],
  ['Elastic by --require', 'opentelemetry-sdk-2', ['20'], ['--require', OURS, '--require', ELASTIC]],
  ['Elastic by --require, before', 'opentelemetry-sdk-2', ['24'], ['--require', ELASTIC, '--require', OURS]],
  ['Elastic by --import', 'opentelemetry-sdk-2', ['24'], ['--import', OURS, '--import', ELASTIC]],
  ['Elastic by --import, before', 'opentelemetry-sdk-2', ['20'], ['--import', ELASTIC, '--import', OURS]],
];

describe.each(CASES)('beside %s', (_name, peer, majors, args, env) => {
  test.each(majors)('on Node %s each field is written once, and both formats are read', async (major) => {
    const application = run(args, projects.get(peer) ?? '', env, major);
    for (const fields of contexts(await sentOn(application, { ...DATADOG, baggage: 'team=a' }), DATADOG_TRACE_ID)) {
      expect(fields).toMatchObject({
        'x-datadog-sampling-priority': '2',
        'x-datadog-origin': 'synthetics',
        'x-datadog-tags': DATADOG['x-datadog-tags'],
        baggage: 'team=a',
        tracestate: expect.stringMatching(/^dd=s:2;o:synthetics;p:[\da-f]{16};t\.tid:6b0305aa00000000;t\.dm:-4$/),
      });
    }
    for (const fields of contexts(await sentOn(application, W3C), W3C_TRACE_ID)) {
      expect(fields['x-datadog-sampling-priority']).toBe('1');
      expect(fields.tracestate).toMatch(/^dd=s:1;p:[\da-f]{16}.*,other=1$/);
    }
    // For each of the two requests: its own, two calls with the requests that they are at the other end, and the send.
    await expect.poll(() => spans.length).toBe(12);
    expect(spans.filter(({ name }) => name === 'orders send')).toHaveLength(2);
    expect(spans.some(({ attributes }) => 'sampling.priority' in attributes)).toBe(false);
    await stop(application);
    expect(application.stderr).toBe('');
  });
});

describe.each(PEERS)('an ES module that imports by name, beside %s', (peer) => {
  const sentBy = async (args: string[]): Promise<Record<string, string>> => {
    const application = runScript([...args, '--require', NODE_SDK, 'named.mjs'], projects.get(peer) ?? '');
    expect(await application.end, application.stderr).toBe(0);
    expect(application.stderr).toBe('');
    return headersOnce(JSON.parse(application.stdout));
  };

  test("sends Datadog's fields where the SDK traces it", async () => {
    const { traceparent, ...others } = await sentBy(['--require', OURS, '--import', './hook.mjs']);
    const [, traceId = '', spanId] = traceparent?.split('-') ?? [];
    expect(others).toMatchObject({
      'x-datadog-trace-id': BigInt(`0x${traceId.slice(16)}`).toString(),
      'x-datadog-parent-id': BigInt(`0x${spanId}`).toString(),
      'x-datadog-sampling-priority': '1',
    });
  });

  test('sends nothing where the SDK does not, with the preload as without it', async () => {
    expect(Object.keys(await sentBy(['--require', OURS]))).toEqual(Object.keys(await sentBy([])));
    expect(spans).toEqual([]);
  });
});

describe('two copies of the API', () => {
  const SEEN: [registered: string, peer: NpmPeer, ours: string, other: NpmPeer][] = [
    ['1.9.1', 'opentelemetry-sdk-2', '1.10.0', 'opentelemetry-sdk-3'],
    ['1.10.0', 'opentelemetry-sdk-3', '1.9.1', 'opentelemetry-sdk-2'],
  ];
  test.each(SEEN)('the application has %s (%s), ours sees %s too', async (_registered, peer, _ours, other) => {
    const preload = join(projects.get(other) ?? '', 'node_modules/otel-datadog-bridge/dist/register-propagation.js');
    const start = peer === 'opentelemetry-sdk-2' ? AUTO : NODE_SDK;
    const application = run(['--require', preload, '--require', start], projects.get(peer) ?? '');
    contexts(await sentOn(application, DATADOG), DATADOG_TRACE_ID);
    contexts(await sentOn(application, W3C), W3C_TRACE_ID);
    await stop(application);
    expect(application.stderr).toBe('');
  });

  test.each(SEEN)(
    'OpenTelemetry comes with %s (%s) from elsewhere, and ours sees %s',
    async (registered, peer, ours, other) => {
      const script = join(projects.get(other) ?? '', 'application.cjs');
      const start = join(projects.get(peer) ?? '', 'node-sdk.cjs');
      const application = runNode(['--require', OURS, '--require', start, script], {
        cwd: projects.get(other) ?? '',
        env: { OTEL_TRACES_EXPORTER: 'console', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
      });
      // An older copy reads what a newer one has registered, and not the other way round.
      const isRead = registered === '1.10.0';
      const sent = await sentOn(application, DATADOG);
      expect(headersOnce(sent.http)).toMatchObject({ 'x-datadog-trace-id': DATADOG['x-datadog-trace-id'] });
      contexts(sent, DATADOG_TRACE_ID);
      await stop(application);
      const lines = application.stderr.split('\n').filter((line) => line.includes('otel-datadog-bridge: '));
      expect(lines).toHaveLength(isRead ? 0 : 1);
      if (isRead) return;
      expect(lines[0]).toContain(`@opentelemetry/api ${registered}, which the ${ours}`);
      expect(lines[0]).toContain(`npm install @opentelemetry/api@${registered}`);
    },
  );
});

test.each(PEERS)('/register tells of the wrong preload beside %s', async (peer) => {
  const start = peer === 'opentelemetry-sdk-2' ? AUTO : START_NODE_SDK;
  const quiet = { OTEL_LOG_LEVEL: 'none', OTEL_NODE_RESOURCE_DETECTORS: '' };
  const application = run(
    ['--require', 'otel-datadog-bridge/register', '--require', start],
    projects.get(peer) ?? '',
    quiet,
  );
  // Both instrumentations write, the application's last.
  const { http, fetch } = await sentOn(application, DATADOG);
  for (const raw of [http, fetch]) expect(headersOnce(raw)['x-datadog-trace-id']).toBe(DATADOG['x-datadog-trace-id']);
  await stop(application);
  const lines = application.stderr.split('\n').filter((line) => line.includes('otel-datadog-bridge: '));
  expect(lines).toEqual([expect.stringContaining('preload otel-datadog-bridge/register-propagation instead')]);
});

describe.each(['register', 'register-propagation'])('under /%s', (preload) => {
  test.each([
    ['is 1.8.0', 'api-1.8'],
    ['is not installed', undefined],
  ])('an API that %s is one line, and the application runs', async (what, api) => {
    const folder = await npmProject(
      api === undefined ? {} : { peer: 'opentelemetry-sdk-2', packages: { '@opentelemetry/api': api } },
    );
    const application = runNode(['-p', '"runs"'], {
      cwd: folder,
      env: { NODE_OPTIONS: `--require otel-datadog-bridge/${preload}` },
    });
    expect(await application.end).toBe(0);
    expect(application.stdout).toBe('runs\n');
    const lines = application.stderr.split('\n').filter((line) => line.includes('otel-datadog-bridge: '));
    expect(lines).toEqual([
      expect.stringContaining(
        `@opentelemetry/api ${what}, and 1.9 or newer is needed: npm install @opentelemetry/api@1`,
      ),
    ]);
    await rm(folder, { recursive: true, force: true });
  });
});
