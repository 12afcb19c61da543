import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Agent, request, validateHeaderValue } from 'node:http';
import { Worker } from 'node:worker_threads';

export type HeaderRecord = Record<string, string>;

/** Puts the context of a message into headers that are about to be sent. */
type Inject = (headers: HeaderRecord) => void;

const CHANNEL = 'undici:request:create';
const CONNECTIONS = 16;

interface UndiciRequest {
  readonly path: string;
  addHeader(name: string, value: string): void;
}

/** Requests to a server in a thread of this process, with the context written where OpenTelemetry's instrumentations write it. */
export class HttpSenders implements AsyncDisposable {
  readonly #server: Worker;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  readonly #injectInto = new Map<string, Inject>();

  private constructor(server: Worker, port: number) {
    this.#server = server;
    this.#port = port;
    subscribe(CHANNEL, this.#onRequest);
  }

  static async start(): Promise<HttpSenders> {
    const server = new Worker(new URL('./server.ts', import.meta.url));
    const [port] = await once(server, 'message');
    return new HttpSenders(server, port);
  }

  /** `http.request`, the headers in its options. */
  async sendByHttp(inject: Inject): Promise<void> {
    const headers: HeaderRecord = {};
    inject(headers);
    const sent = request({ host: '127.0.0.1', port: this.#port, headers, agent: this.#agent }).end();
    const [response] = await once(sent, 'response');
    response.resume();
    await once(response, 'end');
    if (response.statusCode !== 204) throw new Error(`http: ${response.statusCode}`);
  }

  /** `fetch`, the headers added in the channel of undici, in which nobody catches what is thrown. */
  async sendByFetch(number: number, inject: Inject): Promise<void> {
    const path = `/${number}`;
    this.#injectInto.set(path, inject);
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`);
    await response.arrayBuffer();
    if (this.#injectInto.delete(path)) throw new Error('fetch: nothing was injected');
    if (response.status !== 204) throw new Error(`fetch: ${response.status}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    unsubscribe(CHANNEL, this.#onRequest);
    this.#agent.destroy();
    await this.#server.terminate();
  }

  readonly #onRequest = (message: unknown): void => {
    const { request: sent } = message as { request: UndiciRequest };
    const inject = this.#injectInto.get(sent.path);
    if (inject === undefined) return;
    this.#injectInto.delete(sent.path);
    const headers: HeaderRecord = {};
    inject(headers);
    for (const [name, value] of Object.entries(headers)) sent.addHeader(name, value);
  };
}

/** The checks of `http.request` and of `fetch`, without a request. */
export function checkHeaders(headers: HeaderRecord): void {
  for (const [name, value] of Object.entries(headers)) validateHeaderValue(name, value);
  for (const [name, value] of new Headers(headers)) {
    if (headers[name] !== value) throw new Error(`fetch makes ${JSON.stringify(value)} of ${name}`);
  }
}
