import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Receiver } from '../../demo/receiver.ts';
import type { Span } from '../../demo/span.ts';
import { npmProject } from '../peers/npm-project.ts';
import { ROOT, runNode } from './run-node.ts';

const API = ['@opentelemetry/api', 'import-in-the-middle'];
const DNS = '@opentelemetry/instrumentation-dns';
const AUTO = '@opentelemetry/auto-instrumentations-node';
const PRELOAD = 'node_modules/otel-datadog-bridge/dist/register.js';

/** Looks a name up, requests by `node:http` and by `fetch`, and sends to Kafka by a producer that is not connected, which costs an error and no broker. */
const APPLICATION = `
  const dns = require('node:dns');
  const http = require('node:http');
  const server = http.createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1', async () => {
    const url = 'http://127.0.0.1:' + server.address().port;
    await new Promise((done) => dns.lookup('localhost', done));
    await new Promise((done) => http.get(url, { agent: false }, (response) => response.resume().on('end', done)));
    await (await fetch(url, { headers: { connection: 'close' } })).text();
    const message = Object.freeze({ value: 'order' });
    const { Kafka, logLevel } = require('kafkajs');
    await new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING, retry: { retries: 0 } })
      .producer()
      .send({ topic: 'orders', messages: [message] })
      .catch(() => {});
    console.log(Object.keys(message.headers ?? {}).sort().join());
    server.close();
  });`;

let receiver: Receiver;
let folder: string;
beforeAll(async () => {
  receiver = await Receiver.start();
});
afterAll(() => receiver.close());
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  readonly spans: readonly Span[];
  readonly stdout: string;
  readonly stderr: string;
}

async function runWith(installed: readonly string[], env: Record<string, string>): Promise<Outcome> {
  folder = await npmProject({ peer: 'opentelemetry-sdk-2', only: [...API, ...installed] });
  await writeFile(join(folder, 'application.cjs'), APPLICATION);
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  await cp(join(ROOT, 'node_modules/kafkajs'), join(folder, 'node_modules/kafkajs'), { recursive: true });
  const spans = receiver.begin();
  const application = runNode(['--require', join(folder, PRELOAD), join(folder, 'application.cjs')], {
    // The application's folder counts, and not the one that it is started in.
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, KAFKAJS_NO_PARTITIONER_WARNING: '1', ...env },
  });
  expect(await application.end).toBe(0);
  return { spans, stdout: application.stdout, stderr: application.stderr };
}

/** Which instrumentations spans are from, by attributes that each has alone. */
function sources({ spans }: Outcome): string[] {
  const sourceOf = ({ name, kind, attributes }: Span) => {
    if (name === 'dns.lookup') return 'dns';
    if (attributes['messaging.system'] === 'kafka') return 'kafkajs';
    if (kind === 'SERVER') return 'http';
    // `fetch` says who it is, `node:http` does not.
    return 'user_agent.original' in attributes ? 'undici' : 'http';
  };
  return [...new Set(spans.map(sourceOf))].sort();
}

test('HTTP, fetch and kafkajs are traced without a word, and what is installed beside them is not', async () => {
  const outcome = await runWith([DNS], {});
  expect(sources(outcome)).toEqual(['http', 'kafkajs', 'undici']);
  expect(outcome.stderr).toBe('');
  expect(outcome.stdout.trim()).toBe('');
});

test.each([
  ['the application', [DNS]],
  ["the application's auto-instrumentations-node", [AUTO]],
])('one that %s has is traced where it is named', async (_whose, installed) => {
  const outcome = await runWith(installed, { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http, dns' });
  expect(sources(outcome)).toEqual(['dns', 'http']);
  expect(outcome.stderr).toBe('');
  expect(outcome.stdout).toBe('\n');
});

test('those that are named as disabled are not traced, the others are', async () => {
  const outcome = await runWith([DNS], {
    OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,undici,dns',
    OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http,dns,pg',
  });
  expect(sources(outcome)).toEqual(['undici']);
  expect(outcome.stderr).toBe('');
});

test('those that nobody has are one warning, and the others trace', async () => {
  const outcome = await runWith([DNS], { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,pg,dns,none' });
  expect(sources(outcome)).toEqual(['dns', 'http']);
  const [line, ...more] = outcome.stderr.split('\n').filter((each) => !/^\(Use `node/.test(each) && each !== '');
  expect(line).toMatch(/OTEL_NODE_ENABLED_INSTRUMENTATIONS names pg, none, but @opentelemetry\/instrumentation-pg, /);
  expect(more).toEqual([]);
});
