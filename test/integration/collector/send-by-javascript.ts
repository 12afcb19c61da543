import { defaultTextMapGetter, ROOT_CONTEXT } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-node';
import type { SentSpan } from '../../peers/opentelemetry-python/opentelemetry-python.ts';

/** Sends the spans by OpenTelemetry's SDK for JavaScript over HTTP, each by a provider of its service, to `http://127.0.0.1:PORT`. */
export async function sendByJavascript(endpoint: string, spans: readonly SentSpan[]): Promise<void> {
  const providers = new Map<string, BasicTracerProvider>();
  const propagator = new W3CTraceContextPropagator();
  for (const { name, service, headers, attributes } of spans) {
    const provider = providers.get(service) ?? providerOf(endpoint, service);
    providers.set(service, provider);
    const parent = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
    provider.getTracer('sender').startSpan(name, { attributes }, parent).end();
  }
  await Promise.all([...providers.values()].map((provider) => provider.shutdown()));
}

function providerOf(endpoint: string, service: string): BasicTracerProvider {
  return new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }))],
  });
}
