import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Receiver } from '../../demo/receiver.ts';
import type { Span } from '../../demo/span.ts';
import { nodeBinary } from '../node/node-binary.mjs';
import { installedModules } from '../peers/npm-project.ts';
import { ROOT, runNode } from './run-node.ts';

const run = promisify(execFile);
/** An SDK 2.11.0: not the one that is in our files. */
const PACKAGES = { '@opentelemetry/api': '1.9.1', '@opentelemetry/sdk-node': '0.222.0' };
/** Beside each package pnpm puts what that names, and nothing else; yarn puts all side by side, as npm does. */
const MANAGERS: [name: string, script: string, args: string[]][] = [
  ['pnpm 9', 'pnpm/bin/pnpm.cjs', ['install', '--ignore-scripts', '--store-dir', '../store']],
  ['yarn 1', 'yarn/bin/yarn.js', ['install', '--ignore-scripts', '--non-interactive', '--cache-folder', '../cache']],
];

let home: string;
let tarball: string;
let modules: string;
let receiver: Receiver;
let spans: readonly Span[];
beforeAll(async () => {
  receiver = await Receiver.start();
  home = await mkdtemp(join(tmpdir(), 'otel-datadog-bridge-'));
  modules = await installedModules('package-managers');
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', home];
  const { stdout } = await run('npm', pack, { cwd: ROOT });
  const [packed] = Object.values(JSON.parse(stdout)) as [{ filename: string }];
  tarball = join(home, packed.filename);
}, 120_000);
afterAll(async () => {
  await receiver.close();
  await rm(home, { recursive: true, force: true });
});

/** Asks itself in a span of its own, and prints the names of the headers that arrive. */
const APPLICATION = `if (process.env.START) require(process.env.START);
  const { createServer, get } = require('node:http');
  const { trace } = require('@opentelemetry/api');
  const server = createServer(({ headers }, response) => response.end(Object.keys(headers).sort().join(' ')));
  server.listen(0, '127.0.0.1', () => trace.getTracer('shop').startActiveSpan('checkout', (span) =>
    get('http://127.0.0.1:' + server.address().port, { agent: false }, (response) =>
      response.on('data', (names) => console.log(String(names))).on('end', () => { span.end(); server.close(); }))));`;

/** Registers a propagator as an SDK does, and prints the fields of that and of ours. */
const OWN_PROPAGATOR = `const { propagation } = require('@opentelemetry/api');
  propagation.setGlobalPropagator({ inject() {}, extract: (context) => context, fields: () => ['own'] });
  console.log(propagation.fields().join(' '));`;

const BRIDGE_SDK = `const { NodeSDK } = require('@opentelemetry/sdk-node');
  const { nodeSdkConfiguration } = require('otel-datadog-bridge/node-sdk');
  new NodeSDK(nodeSdkConfiguration()).start();`;

const FIELDS = ['x-datadog-parent-id', 'x-datadog-sampling-priority', 'x-datadog-tags', 'x-datadog-trace-id'];

describe.each(MANAGERS)('installed by %s', (name, script, args) => {
  let folder: string;
  beforeAll(async () => {
    folder = join(home, name.replace(' ', '-'));
    await mkdir(folder);
    const dependencies = { 'otel-datadog-bridge': `file:${tarball}`, ...PACKAGES };
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
    for (const [file, code] of Object.entries({ APPLICATION, OWN_PROPAGATOR, BRIDGE_SDK })) {
      await writeFile(join(folder, `${file}.cjs`), code);
    }
    await run(nodeBinary('24'), [join(modules, script), ...args], { cwd: folder });
  }, 300_000);

  async function fieldsOf(file: string, env: Record<string, string>): Promise<string[]> {
    spans = receiver.begin();
    const exported = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.endpoint}/v1/traces` };
    const quiet = { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
    const application = runNode([file], { cwd: folder, env: { DD_SERVICE: 'shop', ...exported, ...quiet, ...env } });
    expect(await application.end, application.stderr).toBe(0);
    expect(application.stderr).toBe('');
    if (file === 'APPLICATION.cjs') expect(spans.map((span) => span.name).sort()).toEqual(['GET', 'GET', 'checkout']);
    return application.stdout.trim().split(' ');
  }

  test('/register traces', async () => {
    const env = { NODE_OPTIONS: '--require otel-datadog-bridge/register' };
    expect(await fieldsOf('APPLICATION.cjs', env)).toEqual(expect.arrayContaining(['traceparent', ...FIELDS]));
  });

  test('/register-propagation adds to what is registered', async () => {
    const env = { NODE_OPTIONS: '--require otel-datadog-bridge/register-propagation' };
    expect(await fieldsOf('OWN_PROPAGATOR.cjs', env)).toEqual(['_datadog', 'traceparent', 'tracestate', 'own']);
  });

  test('/node-sdk configures an SDK', async () => {
    const env = { START: './BRIDGE_SDK.cjs' };
    expect(await fieldsOf('APPLICATION.cjs', env)).toEqual(expect.arrayContaining(['traceparent', ...FIELDS]));
    expect(spans[0]?.resource['telemetry.sdk.version']).toBe('2.11.0');
  });
});
