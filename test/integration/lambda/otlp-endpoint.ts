import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as it stands in OTLP's JSON. */
export interface ExportedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** 2 for an error. */
  readonly status: { readonly code?: number; readonly message?: string };
  readonly startMillis: number;
  /** How many times the same span has arrived before. */
  readonly repeated: number;
}

/** Takes the spans of a request that it has read, and answers that all is well. */
export type Take = () => void;

/** An OTLP endpoint (http/json); the spans of a request are there before it is answered, and only if it is. */
export class OtlpEndpoint {
  readonly #server: Server;
  readonly #seen = new Map<string, number>();
  /** What it does with a request: by default it takes it. */
  behaviour: (take: Take, response: ServerResponse) => void = (take) => take();
  /** What it has taken since it was last emptied. */
  spans: ExportedSpan[] = [];
  /** The requests that it has read, taken or not: the traces of each. */
  requests: ReadonlySet<string>[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(port = 0): Promise<OtlpEndpoint> {
    const server = createServer({ keepAliveTimeout: 600_000 });
    const endpoint = new OtlpEndpoint(server);
    server.on('request', (request, response) => void endpoint.#receive(request, response));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return endpoint;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What sends the spans of a process here. */
  get env(): Record<string, string> {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    };
  }

  empty(): void {
    this.spans = [];
    this.requests = [];
  }

  cutConnections(): void {
    this.#server.closeAllConnections();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.method !== 'POST') {
      response.end('ok');
      return;
    }
    const content = JSON.parse(Buffer.concat(chunks).toString());
    this.requests.push(new Set(spansIn(content).map(({ span }) => span.traceId)));
    const take = () => {
      this.#take(content);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    };
    this.behaviour(take, response);
  }

  #take(content: Content): void {
    for (const { span, resource } of spansIn(content)) {
      const repeated = this.#seen.get(span.spanId) ?? 0;
      this.#seen.set(span.spanId, repeated + 1);
      this.spans.push({
        ...span,
        parentSpanId: span.parentSpanId || undefined,
        attributes: plain(span.attributes),
        resource: plain(resource.attributes),
        links: span.links ?? [],
        startMillis: Number(BigInt(span.startTimeUnixNano) / 1_000_000n),
        repeated,
      });
    }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: OTLP as it came.
type Content = any;

function spansIn({ resourceSpans }: Content): { span: Content; resource: Content }[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }: Content) =>
    scopeSpans.flatMap(({ spans }: Content) => spans.map((span: Content) => ({ span, resource }))),
  );
}

type AttributeList = readonly { key: string; value: Record<string, unknown> }[];

function plain(attributes: AttributeList = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** The span before which nothing of what has arrived comes. */
export function firstOf(spans: readonly ExportedSpan[], span: ExportedSpan): ExportedSpan {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return parent === undefined ? span : firstOf(spans, parent);
}
