import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NoAnswer, otlpSender } from '../../../src/tracing/otlp-request.ts';

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

let server: Server;
let url: string;
let received: Received[];
let answer: (response: ServerResponse, socket: Socket) => unknown;

beforeEach(async () => {
  received = [];
  answer = (response) => response.end();
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({ headers: request.headers, body: Buffer.concat(chunks) });
    answer(response, request.socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const memory = new InMemorySpanExporter();
new BasicTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'billing' }),
  spanProcessors: [new SimpleSpanProcessor(memory)],
})
  .getTracer('test')
  .startSpan('own')
  .end();
const SPANS = memory.getFinishedSpans();

test.each([
  ['http/protobuf', 'application/x-protobuf'],
  ['http/json', 'application/json'],
] as const)('spans leave as %s, with the headers and the compression of the environment', async (encoding, type) => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'api-key=secret');
  vi.stubEnv('OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip');
  await otlpSender({ url, encoding })(SPANS, () => {});
  expect(received.map(({ headers }) => headers)).toMatchObject([
    { 'content-type': type, 'content-encoding': 'gzip', 'api-key': 'secret' },
  ]);
  expect(gunzipSync(received[0]?.body ?? '').toString()).toContain('billing');
});

test('a refusal is an error that says what it was', async () => {
  answer = (response) => response.writeHead(503).end();
  const sent = otlpSender({ url, encoding: 'http/json' })(SPANS, () => {});
  await expect(sent).rejects.toThrow('503 Service Unavailable');
  await expect(sent).rejects.not.toBeInstanceOf(NoAnswer);
  expect(received).toHaveLength(1);
});

test.each([
  ['once', 1],
  ['twice', 2],
])('a connection that is cut %s', async (_name, cuts) => {
  answer = (response, socket) => {
    if (received.length <= cuts) socket.destroy();
    else response.end();
  };
  const sent = otlpSender({ url, encoding: 'http/json' })(SPANS, () => {});
  if (cuts === 1) await sent;
  else await expect(sent).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(received).toHaveLength(2);
});

test('who does not answer in time has not answered', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '100');
  answer = () => {};
  await expect(otlpSender({ url, encoding: 'http/json' })(SPANS, () => {})).rejects.toThrow(NoAnswer);
  expect(received).toHaveLength(1);
});

test('a success whose body never ends is one', async () => {
  answer = (response) => response.writeHead(200).write('{');
  await otlpSender({ url, encoding: 'http/json' })(SPANS, () => {});
});

test('where nobody listens that is said', async () => {
  const nowhere = otlpSender({ url: 'http://127.0.0.1:1/v1/traces', encoding: 'http/protobuf' })(SPANS, () => {});
  await expect(nowhere).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await expect(nowhere).rejects.toBeInstanceOf(NoAnswer);
});

test('it is said when a request has left, before it is answered', async () => {
  const left: number[] = [];
  answer = (response) => setImmediate(() => response.end());
  const send = otlpSender({ url, encoding: 'http/protobuf' });
  await send(SPANS, () => left.push(received.length));
  await send(SPANS, () => left.push(received.length));
  expect(left).toEqual([0, 1]);
});
