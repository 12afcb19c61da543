import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { gunzipSync } from 'node:zlib';

const TLS = join(import.meta.dirname, '../fixtures/tls');
export const KEY = join(TLS, 'key.pem');
export const CERTIFICATE = join(TLS, 'certificate.pem');

export interface RecordedSpan {
  name: string;
  traceId: string;
  parentSpanId: string | undefined;
  attributes: Record<string, unknown>;
  events: Record<string, unknown>[];
  links: { traceId: string; attributes: Record<string, unknown> }[];
}

/** One request of an exporter, as it arrived. */
export interface Export {
  path: string;
  headers: IncomingHttpHeaders;
  /** The common name in the certificate that the exporter showed, if it did. */
  client: string | undefined;
  resource: Record<string, unknown>;
  spans: RecordedSpan[];
}

/** An OTLP endpoint that keeps requests as they are; spans are read from JSON alone. */
export class Recorder {
  readonly exports: Export[] = [];
  readonly #server;
  readonly #scheme: string;

  private constructor(server: ReturnType<typeof createServer>, scheme: string) {
    this.#server = server;
    this.#scheme = scheme;
  }

  /** `secure`: by TLS, with the certificate of the fixtures. `silent`: it answers nothing. */
  static async start({ secure = false, silent = false } = {}): Promise<Recorder> {
    const options = { key: readFileSync(KEY), cert: readFileSync(CERTIFICATE) };
    const mutual = { ...options, requestCert: true, rejectUnauthorized: false };
    const answer = (request: IncomingMessage, response: ServerResponse) =>
      void recorder.#record(request, response, silent);
    const server = secure ? createSecureServer(mutual, answer) : createServer(answer);
    const recorder: Recorder = new Recorder(server, secure ? 'https' : 'http');
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return recorder;
  }

  /** Without a path. */
  get endpoint(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #record(request: IncomingMessage, response: ServerResponse, silent: boolean): Promise<void> {
    const chunks: Buffer[] = await request.toArray();
    const body = Buffer.concat(chunks);
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const isJson = request.headers['content-type'] === 'application/json';
    this.exports.push({
      path: request.url ?? '',
      headers: request.headers,
      client:
        this.#scheme === 'https'
          ? (request.socket as TLSSocket).getPeerCertificate().subject?.CN?.toString()
          : undefined,
      ...(isJson ? contentOf(JSON.parse(text.toString())) : { resource: {}, spans: [] }),
    });
    if (!silent) response.end();
  }
}

interface Keyed {
  attributes?: { key: string; value: Record<string, unknown> }[];
}

interface OtlpRequest {
  resourceSpans: { resource: Keyed; scopeSpans: { spans: OtlpSpan[] }[] }[];
}

interface OtlpSpan extends Keyed {
  name: string;
  traceId: string;
  parentSpanId?: string;
  events: Keyed[];
  links: (Keyed & { traceId: string })[];
}

function contentOf({ resourceSpans }: OtlpRequest): Pick<Export, 'resource' | 'spans'> {
  const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  return {
    resource: record(resourceSpans[0]?.resource ?? {}),
    spans: spans.map(({ name, traceId, parentSpanId, events, links, ...span }) => ({
      name,
      traceId,
      parentSpanId,
      attributes: record(span),
      events: events.map(record),
      links: links.map((link) => ({ traceId: link.traceId, attributes: record(link) })),
    })),
  };
}

function record({ attributes = [] }: Keyed): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
