import type { Span } from '../../../demo/span.ts';

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];

/** Spans as a request of OTLP's in JSON, each in a resource of its service's name. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export function otlpRequest(spans: readonly Span[]): object {
  return {
    resourceSpans: [...new Set(spans.map(({ service }) => service))].map((service) => ({
      resource: { attributes: [attribute('service.name', service)] },
      scopeSpans: [{ spans: spans.filter((span) => span.service === service).map(otlpSpan) }],
    })),
  };
}

function otlpSpan({ traceId, spanId, parentSpanId, name, kind, start, end, attributes }: Span): object {
  return {
    traceId,
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    name,
    kind: Math.max(0, KINDS.indexOf(kind)),
    startTimeUnixNano: nanos(start),
    endTimeUnixNano: nanos(end),
    // Beside the resource's, the viewer would take a span's own for its service.
    attributes: Object.entries(attributes)
      .filter(([key]) => key !== 'service.name')
      .map(([key, value]) => attribute(key, value)),
    status: {},
  };
}

function attribute(key: string, value: unknown): object {
  return { key, value: { stringValue: typeof value === 'string' ? value : JSON.stringify(value) } };
}

/** More than microseconds is not in a number. */
function nanos(millis: number): string {
  return `${Math.round(millis * 1000)}000`;
}
