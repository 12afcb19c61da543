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

/** What it does with a request that it has read: by default it answers that all is well. */
export type Behaviour = (response: ServerResponse, request: IncomingMessage) => void;

const WELL: Behaviour = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}');

/** An OTLP endpoint (http/json) that has every span before it answers, and answers as it is told. */
export class OtlpEndpoint {
  readonly #server: Server;
  readonly #seen = new Map<string, number>();
  behaviour: Behaviour = WELL;
  /** What has arrived since it was last emptied. */
  spans: ExportedSpan[] = [];
  requests = 0;

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
    this.requests = 0;
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
    this.requests += 1;
    for (const { resource, scopeSpans } of JSON.parse(Buffer.concat(chunks).toString()).resourceSpans) {
      for (const span of scopeSpans.flatMap(({ spans }: { spans: object[] }) => spans)) {
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
    this.behaviour(response, request);
  }
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
