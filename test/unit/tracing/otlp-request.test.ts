import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NoAnswer } from '../../../src/tracing/no-answer.ts';
import { otlpSender } from '../../../src/tracing/otlp-request.ts';

const TLS = join(import.meta.dirname, '../../integration/fixtures/tls');
const CERTIFICATE = join(TLS, 'certificate.pem');

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

test('it is said when a request has left, before it is answered, and at once where a connection waits for it', async () => {
  const send = otlpSender({ url, encoding: 'http/protobuf' });
  for (const requests of [0, 1]) {
    const left: number[] = [];
    const sent = send(SPANS, () => left.push(received.length));
    expect(left).toHaveLength(requests);
    await sent;
    expect(left[0]).toBe(requests);
  }
});

test('over TLS the certificate of the environment counts, and a refusal, a cut and what has left are the same', async () => {
  const answers = [200, undefined, 200, 503];
  const sockets = new Set<Socket>();
  const secure = createSecureServer(
    { key: readFileSync(join(TLS, 'key.pem')), cert: readFileSync(CERTIFICATE) },
    (request, response) => {
      sockets.add(request.socket);
      const status = answers.shift();
      request
        .resume()
        .on('end', () => (status === undefined ? request.socket.destroy() : response.writeHead(status).end()));
    },
  ).listen(0, '127.0.0.1');
  await once(secure, 'listening');
  try {
    const destination = { url: `https://localhost:${(secure.address() as AddressInfo).port}/v1/traces` };
    await expect(otlpSender({ ...destination, encoding: 'http/json' })(SPANS, () => {})).rejects.toThrow(NoAnswer);
    vi.stubEnv('OTEL_EXPORTER_OTLP_CERTIFICATE', CERTIFICATE);
    const send = otlpSender({ ...destination, encoding: 'http/json' });
    let left = 0;
    const leave = () => {
      left += 1;
    };
    await send(SPANS, leave);
    await send(SPANS, leave);
    await expect(send(SPANS, leave)).rejects.toThrow('503 Service Unavailable');
    expect(left).toBe(4);
    expect(sockets.size).toBe(2);
  } finally {
    secure.closeAllConnections();
    await new Promise((resolve) => secure.close(resolve));
  }
});
