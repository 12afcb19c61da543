import { MockOtlpServer, normalizeTrace, type OtlpSpan } from '@elastic/mockotlpserver';
import type { Span } from './span.ts';

/**
 * One OTLP endpoint for every service. There can be one in a process: the server behind it publishes what it
 * receives on diagnostics channels.
 */
export class Receiver {
  #spans: Span[] = [];
  readonly #server = new MockOtlpServer({
    logLevel: 'fatal',
    services: ['http'],
    httpHostname: '127.0.0.1',
    httpPort: 0,
    onTrace: (request) => this.#add(request),
  });

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await receiver.#server.start();
    return receiver;
  }

  /** `http://127.0.0.1:<port>`, without a path. */
  get endpoint(): string {
    return this.#server.httpUrl.origin;
  }

  /** Begins a new list; every span that arrives from now on goes there. */
  begin(): readonly Span[] {
    this.#spans = [];
    return this.#spans;
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  #add(request: object): void {
    for (const { resource, scopeSpans } of normalizeTrace(request).resourceSpans) {
      for (const { spans } of scopeSpans) {
        for (const span of spans) this.#spans.push(toSpan(span, resource.attributes));
      }
    }
  }
}

function toSpan(span: OtlpSpan, resource: Record<string, unknown>): Span {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId || undefined,
    name: span.name,
    kind: (span.kind ?? 'UNSPECIFIED').replace('SPAN_KIND_', ''),
    service: String(resource['service.name']),
    resource,
    tracedBy: resource['telemetry.sdk.name'] === 'opentelemetry' ? 'OpenTelemetry' : 'Datadog',
    start: Number(BigInt(span.startTimeUnixNano) / 1000n) / 1000,
    end: Number(BigInt(span.endTimeUnixNano) / 1000n) / 1000,
    traceState: span.traceState ?? '',
    attributes: span.attributes ?? {},
    links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
  };
}
