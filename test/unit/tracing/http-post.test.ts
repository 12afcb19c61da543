// What servers answer, byte by byte, to a request on a connection that is to be used again.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { httpPost } from '../../../src/tracing/http-post.ts';
import { RequestTimeouts } from '../../../src/tracing/request-timeouts.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';
const BODY = Buffer.from('body');

let server: Server;
let url: URL;
let connections: Socket[];
/** What has come, a text for each request. */
let requests: string[];
let answer: (socket: Socket) => void;

beforeEach(async () => {
  connections = [];
  requests = [];
  answer = (socket) => socket.write(OK);
  server = createServer({ noDelay: true }, (socket) => {
    connections.push(socket);
    let text = '';
    socket
      .on('error', () => {})
      .on('data', (bytes) => {
        text += bytes.toString('latin1');
        if (!text.endsWith(`\r\n\r\n${BODY}`)) return;
        requests.push(text);
        text = '';
        answer(socket);
      });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces?a=b`);
});
afterEach(async () => {
  for (const socket of connections) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const client = (headers = {}, millis = 5000) => httpPost(url, headers, new RequestTimeouts(millis));
const nothing = () => {};

/** What is on its way between sockets of one process arrives in a few turns of its loop. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
}

test('a request is what HTTP says', async () => {
  url.username = 'user';
  url.password = 'pass';
  await client({ 'Content-Type': 'application/json', 'x-api-key': 'ké' })(BODY, nothing);
  expect(requests).toEqual([
    [
      'POST /v1/traces?a=b HTTP/1.1',
      `Host: ${url.host}`,
      'Connection: keep-alive',
      'Authorization: Basic dXNlcjpwYXNz',
      'Content-Type: application/json',
      'x-api-key: ké',
      'Content-Length: 4',
      '',
      'body',
    ].join('\r\n'),
  ]);
});

test('headers that are given take the place of ours, however they are spelled', async () => {
  url.username = 'user';
  await client({ host: 'proxy', authorization: 'Bearer token' })(BODY, nothing);
  expect(requests[0]?.split('\r\n').slice(1, 5)).toEqual([
    'Connection: keep-alive',
    'host: proxy',
    'authorization: Bearer token',
    'Content-Length: 4',
  ]);
});

test.each([
  [{ 'x-key': 'a\r\nb' }, 'x-key'],
  [{ 'x key': 'a' }, 'x key'],
  [{ 'x-key': '\u{1f600}' }, 'x-key'],
])('headers %j are refused', (headers, name) => {
  expect(() => client(headers)).toThrow(name);
});

test.each([
  ['with a length', [OK], 1],
  ['without a body', ['HTTP/1.1 204 No Content\r\n\r\n'], 1],
  ['in chunks', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n', '0\r\n\r\n'], 1],
  ['byte by byte', [...OK], 1],
  [
    'after another that is not final',
    ['HTTP/1.1 100 Continue\r\n\r\n', `HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${OK}`],
    1,
  ],
  ['with which the connection ends', [OK.replace('\r\n', '\r\nConnection: close\r\n')], 3],
  ['of HTTP/1.0', [OK.replace('1.1', '1.0')], 3],
  ['and another one', [OK, OK], 3],
])('an answer %s is taken, and a connection used for as long as there is to be', async (_name, parts, expected) => {
  answer = async (socket) => {
    for (const part of parts) {
      socket.write(part);
      await new Promise(setImmediate);
    }
  };
  const post = client();
  for (let count = 0; count < 3; count++) {
    await post(BODY, nothing);
    await settled();
  }
  expect(requests).toHaveLength(3);
  expect(connections).toHaveLength(expected);
});

test('requests at the same time have a connection each, which the next ones share', async () => {
  const post = client();
  await Promise.all(Array.from({ length: 4 }, () => post(BODY, nothing)));
  await settled();
  await Promise.all(Array.from({ length: 4 }, () => post(BODY, nothing)));
  expect(requests).toHaveLength(8);
  expect(connections).toHaveLength(4);
});

test('an answer without an end is one, and its connection ends in time', async () => {
  answer = (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n{');
  const post = client({}, 200);
  await post(BODY, nothing);
  await vi.waitUntil(() => connections[0]?.destroyed, 5000);
  answer = (socket) => socket.write(OK);
  await post(BODY, nothing);
  expect(connections).toHaveLength(2);
});

test.each([
  ['HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n', '503 Service Unavailable', 1],
  ['HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n', '302 Found', 1],
  ['HTTP/1.1 429\r\nContent-Length: 0\r\n\r\n', '429', 1],
  ['SSH-2.0-OpenSSH_9.6\r\n', 'Parse Error', 2],
  [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`, 'max header size exceeded', 2],
])('%j is an error that says so', async (text, message, expected) => {
  answer = (socket) => socket.write(text);
  const post = client();
  await expect(post(BODY, nothing)).rejects.toThrow(message);
  answer = (socket) => socket.write(OK);
  await post(BODY, nothing);
  expect(connections).toHaveLength(expected);
});

test.each([
  ['ends', (socket: Socket) => socket.end()],
  ['is reset', (socket: Socket) => socket.resetAndDestroy()],
])('where a connection %s before the answer, nobody has answered', async (_name, cut) => {
  answer = cut;
  await expect(client()(BODY, nothing)).rejects.toMatchObject({ name: 'Error', code: 'ECONNRESET' });
});

test('a connection that the server has closed, or says something on, is not used again', async () => {
  const post = client();
  await post(BODY, nothing);
  connections[0]?.end();
  await settled();
  await post(BODY, nothing);
  connections[1]?.write('HTTP/1.1 408 Request Timeout\r\n\r\n');
  await settled();
  await post(BODY, nothing);
  expect(connections).toHaveLength(3);
});

test('a body that is longer than what a connection takes at once leaves when it has been read', async () => {
  const left: boolean[] = [];
  let isRead = false;
  server.removeAllListeners('connection');
  server.on('connection', (socket) => {
    connections.push(socket);
    let bytes = 0;
    socket.pause();
    setTimeout(() => {
      isRead = true;
      socket.resume().on('data', (chunk) => {
        bytes += chunk.length;
        if (bytes > 50_000_000) socket.write(OK);
      });
    }, 100);
  });
  await client()(Buffer.alloc(50_000_000), () => left.push(isRead));
  expect(left).toEqual([true]);
});
