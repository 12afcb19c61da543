import { fileURLToPath } from 'node:url';

/** What traces a sender, beside the AWS SDK that all of them have. */
export interface SenderSide {
  readonly name: string;
  readonly rootSpan: 'none' | 'opentelemetry' | 'dd-trace';
  /** Options of Node. */
  readonly flags: readonly string[];
  /** Variables, with the sink's URL in them. */
  env(sink: string): Record<string, string>;
}

/** How dd-trace exports: to its Agent, as it does by default, or by OTLP as the others. */
export const DD_TRACE_EXPORTS = ['agent', 'otlp'] as const;
export type DdTraceExport = (typeof DD_TRACE_EXPORTS)[number];

// What dd-trace has by default, instead of OpenTelemetry's 5 s.
const EXPORT_INTERVAL = { OTEL_BSP_SCHEDULE_DELAY: '2000' };

const PLAIN: SenderSide = { name: 'plain', rootSpan: 'none', flags: [], env: () => ({}) };

/** OpenTelemetry by itself, as its documentation sets it up. */
const CONTRIB: SenderSide = {
  name: 'contrib',
  rootSpan: 'opentelemetry',
  flags: ['--require', fileURLToPath(new URL('../demo/services/opentelemetry.cjs', import.meta.url))],
  env: (sink) => ({
    ...EXPORT_INTERVAL,
    OTEL_SERVICE_NAME: 'sender',
    OTEL_EXPORTER_OTLP_ENDPOINT: sink,
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
  }),
};

const BRIDGE: SenderSide = {
  name: 'bridge',
  rootSpan: 'opentelemetry',
  flags: ['--require', 'otel-datadog-bridge/register'],
  env: (sink) => ({ ...EXPORT_INTERVAL, DD_SERVICE: 'sender', OTEL_EXPORTER_OTLP_ENDPOINT: sink }),
};

function ddTrace(by: DdTraceExport): SenderSide {
  return {
    name: 'dd-trace',
    rootSpan: 'dd-trace',
    flags: ['--require', 'dd-trace/init'],
    env: (sink) => ({
      DD_SERVICE: 'sender',
      ...(by === 'agent'
        ? { DD_TRACE_AGENT_URL: sink }
        : {
            OTEL_TRACES_EXPORTER: 'otlp',
            OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${sink}/v1/traces`,
            // It then samples by itself, and no more than a hundred traces in a second.
            DD_TRACE_RATE_LIMIT: '-1',
          }),
    }),
  };
}

/** The first is what the others add to. */
export function senderSides(ddTraceExport: DdTraceExport): SenderSide[] {
  return [PLAIN, CONTRIB, ddTrace(ddTraceExport), BRIDGE];
}
