import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Arrivals } from './arrivals.ts';
import { HTTP_EXCUSED } from './excused.ts';
import { HTTP_CONSUMERS, HTTP_PRODUCERS } from './http-peers.ts';
import type { StartedTransport, Transport } from './transport.ts';

/** Of a connection, and not of the request. */
const OF_CONNECTION = new Set(['host', 'connection', 'keep-alive', 'content-length', 'transfer-encoding']);

/** Producers call the fleet, which calls each consumer with the same headers and body. */
export const HTTP: Transport = {
  name: 'HTTP',
  routes: [{ name: 'HTTP', way: 'single' }],
  producers: HTTP_PRODUCERS,
  consumers: HTTP_CONSUMERS,
  excused: HTTP_EXCUSED,
  start,
};

async function start(): Promise<StartedTransport> {
  const arrivals = new Arrivals();
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const headers = Object.entries(request.headers).filter(([name]) => !OF_CONNECTION.has(name));
    arrivals.add({ headers: Object.fromEntries(headers.map(([name, value]) => [name, String(value)])), body });
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    producerEnv: { NEXT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` },
    consumerEnv: () => ({}),
    message: (item) => arrivals.message(item),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
