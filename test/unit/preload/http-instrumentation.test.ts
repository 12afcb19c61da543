import { once } from 'node:events';
import type * as Http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { SpanKind, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { OutgoingHttpInstrumentation } from '../../../src/preload/http-instrumentation.ts';

const isUntraced = ({ headers }: Http.RequestOptions) => headers !== undefined && 'x-untraced' in headers;
const instrumentation = new OutgoingHttpInstrumentation(isUntraced);
const http = createRequire(import.meta.url)('node:http') as typeof Http;

const spans = new InMemorySpanExporter();
const server = http.createServer((_request, response) => response.end());
let port: number;

beforeAll(async () => {
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).register();
  instrumentation.setTracerProvider(trace.getTracerProvider());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  instrumentation.disable();
  server.close();
});

beforeEach(() => spans.reset());

/** How many client spans the request made. */
async function clientSpans(request: Http.ClientRequest): Promise<number> {
  const [response] = (await once(request.end(), 'response')) as [Http.IncomingMessage];
  response.resume();
  await once(response, 'close');
  return spans.getFinishedSpans().filter(({ kind }) => kind === SpanKind.CLIENT).length;
}

test('a request that is not to be traced has no span, in any form', async () => {
  const options = { port, host: '127.0.0.1', headers: { 'x-untraced': '1' } };
  expect(await clientSpans(http.request(options))).toBe(0);
  expect(await clientSpans(http.get(options))).toBe(0);
  expect(await clientSpans(http.request(`http://127.0.0.1:${port}/`, { headers: options.headers }))).toBe(0);
});

test('contrib does not look at it', async () => {
  const parse = vi.spyOn(globalThis, 'URL');
  await clientSpans(http.request({ port, host: '127.0.0.1', path: '/a', headers: { 'x-untraced': '1' } }));
  // The server's side has the port, from the header.
  expect(parse).not.toHaveBeenCalledWith('/a', 'http://127.0.0.1');
  await clientSpans(http.request({ port, host: '127.0.0.1', path: '/a' }));
  expect(parse).toHaveBeenCalledWith('/a', 'http://127.0.0.1');
  parse.mockRestore();
});

test('others are traced as before, in every form', async () => {
  expect(await clientSpans(http.request({ port, host: '127.0.0.1' }))).toBe(1);
  expect(await clientSpans(http.get(`http://127.0.0.1:${port}/`))).toBe(2);
  expect(await clientSpans(http.request(new URL(`http://127.0.0.1:${port}/`), { headers: { a: 'b' } }))).toBe(3);
});
