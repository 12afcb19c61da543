import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Receiver } from '../../demo/receiver.ts';
import type { Span } from '../../demo/span.ts';
import { FROM_DATADOG, PARENT_SPAN_ID, TRACE_ID } from '../unit/from-datadog.ts';
import { REGISTER, ROOT, type Run, runNode } from './run-node.ts';

const FIXTURES = `${import.meta.dirname}/fixtures`;
const DEAD_AGENT = 'http://127.0.0.1:1';

let receiver: Receiver;
let spans: readonly Span[];

beforeAll(async () => {
  receiver = await Receiver.start();
});
afterAll(() => receiver.close());

function run(file: string, env: Record<string, string> = {}, major = '24'): Run {
  spans = receiver.begin();
  const preload = { NODE_OPTIONS: `--require ${REGISTER}`, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
  return runNode([`${FIXTURES}/${file}`], { major, env: { ...preload, ...env } });
}

async function arrived(count: number): Promise<readonly Span[]> {
  for (let tries = 0; spans.length < count && tries < 200; tries++) await sleep(25);
  return spans;
}

async function stop(application: Run): Promise<number | string> {
  application.child.kill('SIGTERM');
  return application.end;
}

describe.each(['20', '24'])('on Node %s', (major) => {
  test('a gateway that forwards the headers of a request sends each once, and is in the trace', async () => {
    const application = run('gateway.cjs', { OTEL_BSP_SCHEDULE_DELAY: '50' }, major);
    const url = await application.printed(/http:\S+/);
    const baggage = 'kept=1';
    const seen = (await (await fetch(`${url}/front`, { headers: { ...FROM_DATADOG, baggage } })).json()) as string[];
    await stop(application);
    const names = seen.filter((_text, index) => index % 2 === 0).map((name) => name.toLowerCase());
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(names).toEqual(
      expect.arrayContaining([...Object.keys(FROM_DATADOG), 'baggage', 'traceparent', 'tracestate']),
    );
    const sender = spans.find(({ kind }) => kind === 'CLIENT');
    expect(seen[seen.indexOf('traceparent') + 1]).toBe(`00-${TRACE_ID}-${sender?.spanId}-01`);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE_ID]));
  });

  test('headers that are given as an array arrive as they were given', async () => {
    const application = run('array-headers.cjs', {}, major);
    expect(await application.end).toBe(0);
    expect(JSON.parse(application.stdout)).toEqual(expect.arrayContaining(['X-A', '1', 'X-A', '2', 'Host', 'here']));
  });

  test.each(['server.cjs', 'server.mjs'])('%s continues a trace of dd-trace, in spans and in headers', async (file) => {
    const application = run(file, { DD_SERVICE: 'front', OTEL_BSP_SCHEDULE_DELAY: '50' }, major);
    const url = await application.printed(/http:\S+/);
    const sent = (await (await fetch(`${url}/front`, { headers: FROM_DATADOG })).json()) as Record<string, object>;
    await arrived(5);
    expect(await stop(application)).toBe('SIGTERM');
    expect(application.stderr).toBe('');

    const front = spans.find(({ parentSpanId }) => parentSpanId === PARENT_SPAN_ID);
    expect(front).toMatchObject({ kind: 'SERVER', traceId: TRACE_ID, service: 'front' });
    const clients = spans.filter(({ parentSpanId }) => parentSpanId === front?.spanId);
    expect(clients.map(({ kind }) => kind)).toEqual(['CLIENT', 'CLIENT']);
    const inner = spans.filter(({ parentSpanId }) => clients.some(({ spanId }) => spanId === parentSpanId));
    expect(inner.map(({ kind }) => kind)).toEqual(['SERVER', 'SERVER']);
    expect(spans).toHaveLength(5);
    for (const span of spans) {
      expect(span.attributes).toMatchObject({
        '_dd.p.tid': '6b0305aa00000000',
        '_dd.origin': 'synthetics',
        'sampling.priority': 2,
        'operation.name': span.kind === 'SERVER' ? 'web.request' : 'http.request',
      });
    }
    for (const headers of Object.values(sent)) {
      const { traceparent, ...rest } = headers as Record<string, string>;
      const [, traceId, spanId = '', flags] = traceparent?.split('-') ?? [];
      expect([traceId, flags]).toEqual([TRACE_ID, '01']);
      expect(clients.map((client) => client.spanId)).toContain(spanId);
      expect(rest).toMatchObject({
        'x-datadog-trace-id': FROM_DATADOG['x-datadog-trace-id'],
        'x-datadog-parent-id': BigInt(`0x${spanId}`).toString(),
        'x-datadog-sampling-priority': '2',
        'x-datadog-origin': 'synthetics',
        'x-datadog-tags': FROM_DATADOG['x-datadog-tags'],
        tracestate: `dd=s:2;o:synthetics;p:${spanId};t.tid:6b0305aa00000000;t.dm:-4`,
      });
    }
  });

  test.each([
    ['http/protobuf', 0],
    ['http/json', 3],
  ])(
    'an application that ends by itself has sent its spans (%s), and ends as it would have',
    async (protocol, code) => {
      const application = run(
        'one-request.cjs',
        { OTEL_EXPORTER_OTLP_PROTOCOL: protocol, EXIT_CODE: String(code) },
        major,
      );
      expect(await application.end).toBe(code);
      expect(application.stdout).toBe('done\n');
      expect(application.stderr).toBe('');
      expect(spans.map(({ kind }) => kind).sort()).toEqual(['CLIENT', 'SERVER']);
    },
  );
});

test('SIGTERM flushes and then ends the process as it would have', async () => {
  const application = run('server.cjs');
  await fetch(`${await application.printed(/http:\S+/)}/front`);
  expect(spans).toEqual([]);
  expect(await stop(application)).toBe('SIGTERM');
  expect(spans).toHaveLength(5);
});

test("SIGTERM flushes, and an application's own handler decides what then happens", async () => {
  const application = run('server-with-signal-handler.cjs');
  await fetch(`${await application.printed(/http:\S+/)}/front`);
  expect(await stop(application)).toBe(7);
  expect(application.stdout).toContain('stopping');
  expect(spans).toHaveLength(5);
});

test('SIGTERM ends an application that only cleans up after it, by signal-exit', async () => {
  const application = run('server-with-signal-exit.cjs');
  await fetch(`${await application.printed(/http:\S+/)}/front`);
  expect(await stop(application)).toBe('SIGTERM');
  expect(application.stdout).toContain('cleaning up after SIGTERM');
  expect(spans).toHaveLength(5);
});

test('a child process in another folder is traced too', async () => {
  const childInRoot = `require('node:child_process').spawnSync(process.execPath, ['${FIXTURES}/one-request.cjs'], { cwd: '/', stdio: 'inherit' })`;
  spans = receiver.begin();
  const application = runNode(['-e', childInRoot], {
    cwd: `${import.meta.dirname}/../../demo`,
    env: { NODE_OPTIONS: '--require otel-datadog-bridge/register', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
  });
  expect(await application.end).toBe(0);
  expect([application.stdout, application.stderr]).toEqual(['done\n', '']);
  expect(spans).toHaveLength(2);
});

test('a span that cannot be serialized is lost, and not the process', async () => {
  const application = run('nameless-span.cjs');
  expect(await application.end).toBe(0);
  expect(application.stdout).toBe('still here\n');
  expect(application.stderr).toMatch(/spans do not reach .*; 1 lost so far/);
});

test('an unreachable Agent costs one warning', async () => {
  const application = run('one-request.cjs', { OTEL_EXPORTER_OTLP_ENDPOINT: DEAD_AGENT });
  expect(await application.end).toBe(0);
  expect(application.stdout).toBe('done\n');
  expect(application.stderr.match(/otel-datadog-bridge: /g)).toHaveLength(1);
  expect(application.stderr).toContain(`spans do not reach ${DEAD_AGENT}/v1/traces: ECONNREFUSED`);
  expect(application.stderr).toContain('2 lost so far');
});

test('an unreachable Agent costs one warning however often it is tried, and one with the rest at the end', async () => {
  const application = run('server.cjs', {
    OTEL_EXPORTER_OTLP_ENDPOINT: DEAD_AGENT,
    OTEL_EXPORTER_OTLP_TIMEOUT: '100',
    OTEL_BSP_SCHEDULE_DELAY: '10',
  });
  const url = await application.printed(/http:\S+/);
  for (let round = 0; round < 4; round++) {
    await fetch(`${url}/front`);
    await sleep(100);
  }
  expect(await stop(application)).toBe('SIGTERM');
  const lines = application.stderr.split('\n').filter((line) => line.includes('otel-datadog-bridge: '));
  expect(lines).toEqual([
    expect.stringContaining('lost so far'),
    expect.stringMatching(/\d+ more spans did not reach \S+$/),
  ]);
});

/** An Agent that answers as it is told; closing it ends what it has not answered. */
async function startAgent(answer: RequestListener): Promise<{ endpoint: string; close(): void }> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Agents that take a request and never finish it. */
const HANGING_AGENTS: [name: string, answer: (response: ServerResponse) => unknown][] = [
  ['does not answer', () => {}],
  [
    'never comes to the end of its answer',
    (response) => {
      response.writeHead(200).write('{');
      const dripping = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(dripping));
    },
  ],
];

test.each(HANGING_AGENTS)('an Agent that %s keeps no process alive', async (_name, answer) => {
  const asked = Promise.withResolvers<void>();
  const agent = await startAgent((_request, response) => {
    answer(response);
    asked.resolve();
  });
  const application = run('one-request.cjs', {
    OTEL_EXPORTER_OTLP_ENDPOINT: agent.endpoint,
    // Far longer than this test may take: the exporter itself would wait that long.
    OTEL_EXPORTER_OTLP_TIMEOUT: '600000',
    OTEL_BSP_EXPORT_TIMEOUT: '600000',
    OTEL_BSP_SCHEDULE_DELAY: '10',
    LINGER_MILLIS: '200',
  });
  await asked.promise;
  expect(await application.end).toBe(0);
  expect(application.stderr.match(/otel-datadog-bridge: /g)).toHaveLength(1);
  expect(application.stderr).toMatch(/spans do not reach \S+.*; 2 lost so far/);
  agent.close();
});

test('of two copies of the preload the second does nothing', async () => {
  const copy = join(await mkdtemp(join(ROOT, 'node_modules/.otel-datadog-bridge-')), 'register.js');
  await cp(REGISTER, copy);
  const application = run('server.cjs', { NODE_OPTIONS: `--require ${REGISTER} --require ${copy}` });
  await fetch(`${await application.printed(/http:\S+/)}/front`);
  expect(await stop(application)).toBe('SIGTERM');
  expect(application.stderr).toBe('');
  expect(spans).toHaveLength(5);
  await rm(dirname(copy), { recursive: true });
});

test('lost spans are counted, and reported when the Agent is back', async () => {
  let status = 503;
  const agent = await startAgent((request, response) => {
    request.resume().on('end', () => response.writeHead(status).end());
  });
  const application = run('server.cjs', {
    OTEL_EXPORTER_OTLP_ENDPOINT: agent.endpoint,
    OTEL_EXPORTER_OTLP_TIMEOUT: '100',
    OTEL_BSP_SCHEDULE_DELAY: '10',
  });
  const url = await application.printed(/http:\S+/);
  await fetch(`${url}/front`);
  await application.complained(/spans do not reach \S+.* lost so far/);
  status = 200;
  await fetch(`${url}/front`);
  await stop(application);
  agent.close();
  expect(application.stderr).toMatch(/spans reach \S+ again; [1-5] were lost in between/);
});

test('spans that the queue cannot hold are counted too', async () => {
  const application = run('many-spans.cjs', { SPANS: '10000', OTEL_BSP_MAX_QUEUE_SIZE: '3000' });
  expect(await application.end).toBe(0);
  expect(application.stderr).toMatch(
    /more than 3000 spans \(OTEL_BSP_MAX_QUEUE_SIZE\) wait to leave for \S+; 1 lost so far/,
  );
  const [, lost] = /again; (\d+) were lost in between/.exec(application.stderr) ?? [];
  expect(spans.length).toBeGreaterThanOrEqual(3000);
  expect(spans.length + Number(lost)).toBe(10_000);
  expect(application.stderr.match(/otel-datadog-bridge: /g)).toHaveLength(2);
});

test('the resource is what DD_* say, and OTEL_* where they say nothing', async () => {
  const application = run('one-request.cjs', {
    OTEL_RESOURCE_ATTRIBUTES: 'team=checkout,service.version=0.9,deployment.environment.name=dev',
    OTEL_SERVICE_NAME: 'by-otel',
    DD_SERVICE: 'by-dd',
    DD_ENV: 'prod',
    DD_TAGS: 'region:eu,version:1.2.3',
  });
  await application.end;
  expect(spans).toHaveLength(2);
  for (const { resource } of spans) {
    expect(resource).toMatchObject({
      'service.name': 'by-dd',
      'deployment.environment.name': 'prod',
      'service.version': '1.2.3',
      region: 'eu',
      team: 'checkout',
      'telemetry.sdk.name': 'opentelemetry',
    });
  }
});

test("a service that nobody names has the name in the application's package.json", async () => {
  await run('one-request.cjs').end;
  expect(spans.map(({ service }) => service)).toEqual(['otel-datadog-bridge-test', 'otel-datadog-bridge-test']);
});

test.each([['.'], ['./index'], ['index.js']])('so has one that is started as `node %s`', async (script) => {
  spans = receiver.begin();
  const application = runNode([script], {
    cwd: `${FIXTURES}/named-application`,
    env: { NODE_OPTIONS: `--require ${REGISTER}`, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
  });
  expect(await application.end).toBe(0);
  expect(spans.map(({ service }) => service)).toEqual(['checkout', 'checkout']);
});

test.each([
  [{ OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '0' }, /OTEL_BSP_MAX_EXPORT_BATCH_SIZE=0 is not a whole number above zero; 512/],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'agent:4318' }, /OTEL_EXPORTER_OTLP_ENDPOINT=agent:4318 makes no http or https URL/],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not supported/],
  [
    { OTEL_BSP_MAX_QUEUE_SIZE: '-1' },
    /OTEL_BSP_MAX_QUEUE_SIZE=-1 is not a whole number above zero; 2048 is used instead/,
  ],
  [{ OTEL_TRACES_EXPORTER: 'zipkin' }, /OTEL_TRACES_EXPORTER=zipkin is not supported/],
])('%j is one warning, and the application starts', async (env, warning) => {
  const application = run('one-request.cjs', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '', ...env });
  expect(await application.end).toBe(0);
  expect(application.stdout).toBe('done\n');
  expect(application.stderr).toMatch(warning);
});

test.each([{ OTEL_SDK_DISABLED: 'true' }, { DD_TRACE_ENABLED: 'false' }, { OTEL_TRACES_EXPORTER: 'none' }])(
  '%j: no span leaves and nothing is printed',
  async (env) => {
    const application = run('one-request.cjs', env);
    expect(await application.end).toBe(0);
    expect([application.stdout, application.stderr]).toEqual(['done\n', '']);
    expect(spans).toEqual([]);
  },
);
