import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';

/** What an Agent does wrong: with a connection before anything is read, or with a request. */
export interface Misbehaviour {
  readonly listens?: false;
  connection?(socket: Socket): void;
  /** `take` keeps the request's spans and answers that all is well. */
  request?(request: IncomingMessage, response: ServerResponse, take: () => void): void;
}

/** An OTLP receiver (http/json) that behaves as it is told to. */
export class FaultyAgent {
  readonly #http: Server;
  #tcp: TcpServer | undefined;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #misbehaviour: Misbehaviour = {};
  /** The ids of the spans that it has taken. */
  readonly spanIds = new Set<string>();
  requests = 0;

  private constructor() {
    this.#http = createServer((request, response) => void this.#receive(request, response));
  }

  static async start(): Promise<FaultyAgent> {
    const agent = new FaultyAgent();
    await agent.#listen();
    return agent;
  }

  get port(): number {
    return this.#port;
  }

  /** From now on: without an argument it does everything right. What it held on to it lets go of. */
  async behave(misbehaviour: Misbehaviour = {}): Promise<void> {
    this.#misbehaviour = misbehaviour;
    for (const socket of this.#sockets) socket.destroy();
    if (misbehaviour.listens === false) await this.close();
    else if (this.#tcp === undefined) await this.#listen();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const tcp = this.#tcp;
    this.#tcp = undefined;
    if (tcp) await new Promise((resolve) => tcp.close(resolve));
  }

  async #listen(): Promise<void> {
    const tcp = createTcpServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {});
      if (this.#misbehaviour.connection) this.#misbehaviour.connection(socket);
      else this.#http.emit('connection', socket);
    });
    await new Promise<void>((resolve, reject) => {
      tcp.on('error', reject).listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (tcp.address() as AddressInfo).port;
    this.#tcp = tcp;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    const take = (content: string) => {
      // Whoever has gone counts them as lost.
      if (response.destroyed) return;
      for (const id of spanIdsIn(content)) this.spanIds.add(id);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    };
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk)).on('error', () => {});
    const taken = () => take(Buffer.concat(chunks).toString());
    if (this.#misbehaviour.request) this.#misbehaviour.request(request, response, taken);
    else request.on('end', taken);
  }
}

function spanIdsIn(content: string): string[] {
  // biome-ignore lint/suspicious/noExplicitAny: OTLP as it came.
  const { resourceSpans }: any = JSON.parse(content);
  return resourceSpans.flatMap(({ scopeSpans }: typeof resourceSpans) =>
    scopeSpans.flatMap(({ spans }: typeof resourceSpans) => spans.map(({ spanId }: { spanId: string }) => spanId)),
  );
}
