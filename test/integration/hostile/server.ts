// A worker: an HTTP server that takes a request as it must be, or answers 400, and 500 where a header's value is not what any
// carrier can hold.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';

const PRINTABLE = /^[\x20-\x7e]+$/;

const server = createServer((request, response) => {
  const values = request.rawHeaders.filter((_, index) => index % 2 === 1);
  response.writeHead(values.every((value) => PRINTABLE.test(value)) ? 204 : 500).end();
});
// Requests of one connection keep coming for as long as the run takes.
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port));
