import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface InvokeOptions {
  /** What `getRemainingTimeInMillis` begins with. */
  readonly timeoutMillis?: number;
  readonly clientContext?: unknown;
  /** `X-Amzn-Trace-Id`, as the service gives it. */
  readonly traceHeader?: string;
}

/** What the runtime made of an event: what the function returned, or the error with which it failed. */
export interface Answer {
  readonly requestId: string;
  /** The body of the answer, a stream's chunks one after the other. */
  readonly body: string;
  readonly streamed: boolean;
  /** Where it failed: what the runtime says of the error. */
  readonly error?: { readonly errorType: string; readonly errorMessage: string };
}

interface Invocation extends InvokeOptions {
  readonly requestId: string;
  readonly event: unknown;
  readonly answered: PromiseWithResolvers<Answer>;
}

const PREFIX = '/2018-06-01/runtime';
const ERROR_TRAILER = 'lambda-runtime-function-error-body';

/** The service that a runtime asks for its next event. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
export class RuntimeApi {
  readonly #server: Server;
  readonly #waiting: Invocation[] = [];
  readonly #underway = new Map<string, Invocation>();
  readonly #initFailed = Promise.withResolvers<Answer['error'] & {}>();
  /** The runtime's request for an event, where none is waiting. */
  #asking: ServerResponse | undefined;
  #idle: PromiseWithResolvers<void>[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<RuntimeApi> {
    const server = createServer();
    const api = new RuntimeApi(server);
    server.on('request', (request, response) => api.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  /** `127.0.0.1:<port>`, as `AWS_LAMBDA_RUNTIME_API` has it. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves when the runtime reports that the function cannot be loaded. */
  get initError(): Promise<Answer['error'] & {}> {
    return this.#initFailed.promise;
  }

  invoke(event: unknown, options: InvokeOptions = {}): Promise<Answer> {
    const answered = Promise.withResolvers<Answer>();
    this.#waiting.push({ ...options, requestId: crypto.randomUUID(), event, answered });
    this.#hand();
    return answered.promise;
  }

  /** Resolves when the runtime has answered everything and asks for more. */
  idle(): Promise<void> {
    const idle = Promise.withResolvers<void>();
    this.#idle.push(idle);
    this.#hand();
    return idle.promise;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').slice(PREFIX.length);
    if (path === '/invocation/next') {
      this.#asking = response;
      this.#hand();
      return;
    }
    const body = await textOf(request).catch(() => undefined);
    if (body === undefined) return;
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
    if (path === '/init/error') {
      this.#initFailed.resolve(JSON.parse(body));
      return;
    }
    const [, requestId = '', kind] = /^\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    const invocation = this.#underway.get(requestId);
    if (invocation === undefined) return;
    this.#underway.delete(requestId);
    const streamed = request.headers['lambda-runtime-function-response-mode'] === 'streaming';
    const trailer = request.trailers[ERROR_TRAILER];
    const failure = kind === 'error' ? body : trailer && Buffer.from(trailer, 'base64').toString();
    invocation.answered.resolve({ requestId, body, streamed, ...(failure && { error: JSON.parse(failure) }) });
  }

  #hand(): void {
    const response = this.#asking;
    if (response === undefined) return;
    const invocation = this.#waiting.shift();
    if (invocation === undefined) {
      for (const idle of this.#idle.splice(0)) idle.resolve();
      return;
    }
    this.#asking = undefined;
    const { requestId, event, timeoutMillis = 10_000, clientContext, traceHeader } = invocation;
    this.#underway.set(requestId, invocation);
    response
      .writeHead(200, {
        'content-type': 'application/json',
        'Lambda-Runtime-Aws-Request-Id': requestId,
        'Lambda-Runtime-Deadline-Ms': String(Date.now() + timeoutMillis),
        'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:us-east-1:123456789012:function:billing',
        ...(traceHeader !== undefined && { 'Lambda-Runtime-Trace-Id': traceHeader }),
        ...(clientContext !== undefined && { 'Lambda-Runtime-Client-Context': JSON.stringify(clientContext) }),
      })
      .end(JSON.stringify(event));
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
