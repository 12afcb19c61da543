import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { getProtoRoot } from '@elastic/mockotlpserver/lib/proto.js';
import { LoopbackServer } from '../../peers/loopback-server.ts';

interface TraceRequest {
  readonly resourceSpans: { scopeSpans: { spans: { traceId: Uint8Array; spanId: Uint8Array }[] }[] }[];
}

/** Where the gateways send what they keep: an OTLP receiver that counts. */
export class Backend extends LoopbackServer {
  /** How often each span has come, by its id, by the id of its trace. */
  readonly traces = new Map<string, Map<string, number>>();
  #lastArrival = 0;

  static start(): Promise<Backend> {
    return new Backend().listening();
  }

  /** Waits until nothing has come for that long. */
  async isQuiet(millis: number): Promise<void> {
    this.#lastArrival = performance.now();
    while (performance.now() - this.#lastArrival < millis) await sleep(100);
  }

  protected async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    this.#count(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
    response.setHeader('content-type', 'application/x-protobuf').end();
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
