import type { Agent } from 'node:http';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { convertLegacyHttpOptions } from '@opentelemetry/otlp-exporter-base/node-http';
import type { SpanExporter } from '@opentelemetry/sdk-trace-node';
import { type OtlpDestination, TRACES_PATH } from './otlp';
import { unreferenced } from './unreferenced-agent';

/** The stock exporter; headers, compression, certificates and, unless given here, its timeout come from `OTEL_EXPORTER_OTLP_*`. */
export function otlpExporter({ url, encoding }: OtlpDestination, timeoutMillis?: number): SpanExporter {
  const { agentFactory } = convertLegacyHttpOptions({}, 'TRACES', TRACES_PATH, {});
  const httpAgentOptions = async (protocol: string) => unreferenced((await agentFactory(protocol)) as Agent);
  const options = { url, httpAgentOptions, ...(timeoutMillis !== undefined && { timeoutMillis }) };
  return encoding === 'http/json' ? new JsonExporter(options) : new ProtobufExporter(options);
}
