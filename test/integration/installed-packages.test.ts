import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Receiver } from '../../demo/receiver.ts';
import { npmProject } from '../peers/npm-project.ts';
import { ROOT, type Run, runNode } from './run-node.ts';

const PRELOAD = 'node_modules/otel-datadog-bridge/dist/register.js';

/** Asks itself as a service of dd-trace would, and tells which of OpenTelemetry's packages were loaded before it. */
const APPLICATION = `
  const loaded = Object.keys(require.cache).flatMap((file) => file.match(/@opentelemetry.[\\w-]+/g)?.at(-1) ?? []);
  console.log([...new Set(loaded)].join());
  const http = require('node:http');
  const server = http.createServer((_request, response) => response.end()).listen(0, '127.0.0.1', () => {
    const headers = { 'x-datadog-trace-id': '7', 'x-datadog-parent-id': '9', 'x-datadog-sampling-priority': '1' };
    const { port } = server.address();
    http.get({ host: '127.0.0.1', port, headers, agent: false }, (response) => response.resume().on('end', () => server.close()));
  });`;

let receiver: Receiver;
let folder: string;
beforeAll(async () => {
  receiver = await Receiver.start();
});
afterAll(() => receiver.close());
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(only: string[] | undefined, env: Record<string, string>, major = '24'): Promise<Run> {
  folder = await npmProject({ peer: 'opentelemetry-sdk-2', ...(only && { only }) });
  await writeFile(join(folder, 'application.cjs'), APPLICATION);
  const application = runNode(['--require', join(folder, PRELOAD), join(folder, 'application.cjs')], {
    major,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...env },
  });
  expect(await application.end).toBe(0);
  return application;
}

test.each([
  ['20', 'false'],
  ['24', 'false'],
  ['24', 'true'],
])('on Node %s an application is traced with OTEL_DATADOG_BUNDLED=%s', async (major, bundled) => {
  const spans = receiver.begin();
  const application = await run(undefined, { OTEL_DATADOG_BUNDLED: bundled }, major);
  expect(application.stderr).toBe('');
  const loaded = application.stdout.trim().split(',');
  const theirs = ['@opentelemetry/sdk-trace-node', '@opentelemetry/instrumentation-http', '@opentelemetry/api'];
  expect(theirs.filter((name) => loaded.includes(name))).toEqual(bundled === 'false' ? theirs : []);
  // The client has a context of its own, which takes the place of what it was given.
  expect(spans.map(({ kind }) => kind).sort()).toEqual(['CLIENT', 'SERVER']);
  const [client, server] = [...spans].sort((a, b) => a.kind.localeCompare(b.kind));
  expect([server?.traceId, server?.parentSpanId]).toEqual([client?.traceId, client?.spanId]);
  expect(server?.attributes).toMatchObject({ 'operation.name': 'web.request', 'sampling.priority': 1 });
});

test('what the application lacks is one line that names all of it, and the application runs', async () => {
  const spans = receiver.begin();
  const application = await run(['@opentelemetry/api', 'import-in-the-middle'], { OTEL_DATADOG_BUNDLED: 'false' });
  const lines = application.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('(Use `node'));
  expect(lines).toHaveLength(1);
  const bundle = await readFile(join(ROOT, 'dist/register-installed.js'), 'utf8');
  const asked = [...bundle.matchAll(/installed\("(@opentelemetry\/[\w-]+)/g)].map(([, name]) => name);
  const missing = [...new Set(asked)].filter((name) => name !== '@opentelemetry/api').sort();
  expect(missing.length).toBeGreaterThan(8);
  expect(lines[0]).toContain(
    `tracing did not start: OTEL_DATADOG_BUNDLED=false takes OpenTelemetry from the application: npm install ${missing.join(' ')}`,
  );
  expect(spans).toEqual([]);
});
