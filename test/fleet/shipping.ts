import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { itemIn } from './order.ts';

/** The service that every consumer calls with what it has received, each at a path of its own; it keeps the headers of each call. */
export class Shipping {
  readonly #server: Server;
  readonly #calls = new Map<string, IncomingHttpHeaders[]>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Shipping> {
    const server = createServer();
    const shipping = new Shipping(server);
    server.on('request', async (request, response) => {
      const item = itemIn(await text(request));
      const key = `${request.url} ${item}`;
      shipping.#calls.set(key, [...(shipping.#calls.get(key) ?? []), request.headers]);
      response.end('shipped');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return shipping;
  }

  /** The address for the consumer of that key, which has no character that a path could not. */
  url(consumer: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${consumer}`;
  }

  /** The headers of the calls that it made for this item. */
  calls(consumer: string, item: string): readonly IncomingHttpHeaders[] {
    return this.#calls.get(`/${consumer} ${item}`) ?? [];
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
