import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { TraceState } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { Load, PlannedSpan } from './load.ts';

const TICK_MILLIS = 20;
const FLUSH_MILLIS = 100;

/**
 * The services of the load, which take the URLs in turn; each sends its spans when they are planned: OpenTelemetry's SDK with its
 * OTLP exporter. Resolves once all have been sent.
 */
export async function sendLoad({ spans, senders }: Load, urls: readonly string[]): Promise<void> {
  const services = Array.from({ length: senders }, (_, index) =>
    service(`service-${index}`, urls[index % urls.length] as string),
  );
  const start = performance.now();
  let next = 0;
  while (next < spans.length) {
    const now = performance.now() - start;
    for (let span = spans[next]; span !== undefined && span.at <= now; span = spans[next]) {
      services[span.sender]?.send(span);
      next += 1;
    }
    await sleep(TICK_MILLIS);
  }
  await Promise.all(services.map(({ close }) => close()));
}

function service(name: string, url: string) {
  const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces` });
  const batches = new BatchSpanProcessor(exporter, { scheduledDelayMillis: FLUSH_MILLIS, maxQueueSize: 100_000 });
  const resource = resourceFromAttributes({ 'service.name': name });
  const provider = new NodeTracerProvider({ resource, spanProcessors: [batches] });
  const tracer = provider.getTracer('scale-out');
  return {
    send({ trace: { id, kind }, tracestate }: PlannedSpan) {
      const parent = {
        traceId: id,
        spanId: '00000000000000ff',
        traceFlags: TraceFlags.SAMPLED,
        isRemote: true,
        ...(tracestate !== undefined && { traceState: new TraceState(tracestate) }),
      };
      tracer.startSpan(kind, {}, trace.setSpanContext(ROOT_CONTEXT, parent)).end();
    },
    close: () => provider.shutdown(),
  };
}
