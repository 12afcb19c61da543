/** A span as it arrived by OTLP, whoever sent it. Ids are lower-case hex, times milliseconds since the epoch. */
export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  name: string;
  kind: string;
  service: string;
  resource: Record<string, unknown>;
  tracedBy: 'Datadog' | 'OpenTelemetry';
  start: number;
  end: number;
  traceState: string;
  attributes: Record<string, unknown>;
  links: { traceId: string; spanId: string }[];
}

/** Every ReceiveMessage call is a trace of its own under OpenTelemetry, whether a message came or not. */
export function isPoll(span: Span): boolean {
  return span.parentSpanId === undefined && span.attributes['messaging.operation.type'] === 'receive';
}

export function byTrace(spans: readonly Span[]): Map<string, Span[]> {
  const traces = new Map<string, Span[]>();
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const trace = traces.get(span.traceId);
    if (trace) trace.push(span);
    else traces.set(span.traceId, [span]);
  }
  return traces;
}
