import { QUIET_TRACER } from '../peers/dd-trace-js/remote-parent.ts';
import type { Fleet } from './peer.ts';

/** For OpenTelemetry's SDKs, in any language. */
export function openTelemetryEnv(service: string, { otlp }: Pick<Fleet, 'otlp'>): Record<string, string> {
  return {
    OTEL_SERVICE_NAME: service,
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_BSP_SCHEDULE_DELAY: '50',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    // The others ask clouds for their metadata.
    OTEL_NODE_RESOURCE_DETECTORS: 'env',
  };
}

/** For Datadog's tracers, whose spans go by OTLP. */
export function datadogEnv(service: string, { otlp }: Pick<Fleet, 'otlp'>): Record<string, string> {
  return {
    ...QUIET_TRACER,
    DD_SERVICE: service,
    DD_REMOTE_CONFIG_ENABLED: 'false',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${otlp}/v1/traces`,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
  };
}
