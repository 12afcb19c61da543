import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { getProtoRoot } from '@elastic/mockotlpserver/lib/proto.js';

interface TraceRequest {
  readonly resourceSpans: { scopeSpans: { spans: { traceId: Uint8Array; spanId: Uint8Array }[] }[] }[];
}

/** Where the gateways send what they keep: an OTLP receiver that counts. */
export class Backend {
  /** How often each span has come, by its id, by the id of its trace. */
  readonly traces = new Map<string, Map<string, number>>();
  #lastArrival = 0;
  readonly #server = createServer(async (request, response) => {
    const body = await buffer(request);
    this.#count(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
    response.setHeader('content-type', 'application/x-protobuf').end();
  });

  static async start(): Promise<Backend> {
    const backend = new Backend();
    await once(backend.#server.listen(0, '127.0.0.1'), 'listening');
    return backend;
  }

  /** `http://127.0.0.1:<port>` */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Waits until nothing has come for that long. */
  async isQuiet(millis: number): Promise<void> {
    this.#lastArrival = performance.now();
    while (performance.now() - this.#lastArrival < millis) await sleep(100);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #count(body: Buffer): void {
    this.#lastArrival = performance.now();
    const type = getProtoRoot().lookupType('opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest');
    const { resourceSpans } = type.decode(body) as unknown as TraceRequest;
    for (const { traceId, spanId } of resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => spans),
    )) {
      const id = Buffer.from(traceId).toString('hex');
      let spans = this.traces.get(id);
      if (spans === undefined) {
        spans = new Map();
        this.traces.set(id, spans);
      }
      const span = Buffer.from(spanId).toString('hex');
      spans.set(span, (spans.get(span) ?? 0) + 1);
    }
  }
}
