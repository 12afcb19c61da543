import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { SpanExporter } from '@opentelemetry/sdk-trace-node';
import { type Environment, firstSet } from './environment';
import { warn } from './warning';

const AGENT_PORT = 4318;
const TRACES_PATH = 'v1/traces';

/** Where and how spans leave. */
export interface OtlpDestination {
  /** Full URL, path included. */
  readonly url: string;
  readonly encoding: 'http/protobuf' | 'http/json';
}

/**
 * OpenTelemetry's `OTEL_EXPORTER_OTLP_*`, else the Agent's OTLP port on `DD_AGENT_HOST`.
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 * https://docs.datadoghq.com/opentelemetry/setup/otlp_ingest_in_the_agent/
 */
export function otlpDestination(env: Environment): OtlpDestination {
  return { url: tracesUrl(env), encoding: encoding(env) };
}

function tracesUrl(env: Environment): string {
  const host = firstSet(env, 'DD_AGENT_HOST') ?? '127.0.0.1';
  const agent = `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${AGENT_PORT}/${TRACES_PATH}`;
  const localAgent = `http://127.0.0.1:${AGENT_PORT}/${TRACES_PATH}`;
  const candidates: [name: string, url: string | undefined, instead: string][] = [
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', firstSet(env, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'), agent],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', withTracesPath(firstSet(env, 'OTEL_EXPORTER_OTLP_ENDPOINT')), agent],
    ['DD_AGENT_HOST', agent, localAgent],
  ];
  for (const [name, url, instead] of candidates) {
    if (url === undefined) continue;
    if (isHttpUrl(url)) return url;
    warn(`${name}=${env[name]} makes no http or https URL; spans go to ${instead} instead`);
  }
  return localAgent;
}

function withTracesPath(base: string | undefined): string | undefined {
  return base && `${base.replace(/\/$/, '')}/${TRACES_PATH}`;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function encoding(env: Environment): OtlpDestination['encoding'] {
  const name = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'].find((name) =>
    firstSet(env, name),
  );
  const protocol = name && firstSet(env, name);
  if (protocol === undefined || protocol === 'http/protobuf' || protocol === 'http/json')
    return protocol ?? 'http/protobuf';
  warn(`${name}=${protocol} is not supported; spans are sent as http/protobuf (the other choice is http/json)`);
  return 'http/protobuf';
}

/** The stock exporter; headers, compression, certificates and, unless given here, its timeout come from `OTEL_EXPORTER_OTLP_*`. */
export function otlpExporter({ url, encoding }: OtlpDestination, timeoutMillis?: number): SpanExporter {
  const options = timeoutMillis === undefined ? { url } : { url, timeoutMillis };
  return encoding === 'http/json' ? new JsonExporter(options) : new ProtobufExporter(options);
}
