import { type Environment, firstSet } from '../configuration/environment';
import { warnOnce } from '../configuration/warning';

const AGENT_PORT = 4318;
export const TRACES_PATH = 'v1/traces';

/** Where and how spans leave. */
export interface OtlpDestination {
  /** Full URL, path included. */
  readonly url: string;
  readonly encoding: 'http/protobuf' | 'http/json';
}

/**
 * OpenTelemetry's `OTEL_EXPORTER_OTLP_*`, as in dd-trace (its `config/index.js`), else the Agent's OTLP port on the host of `DD_TRACE_AGENT_URL`, whose own
 * port is the Agent's other intake, else on `DD_AGENT_HOST`.
 * https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/config/index.js
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 * https://docs.datadoghq.com/opentelemetry/setup/otlp_ingest_in_the_agent/
 */
export function otlpDestination(env: Environment): OtlpDestination {
  return { url: tracesUrl(env), encoding: encoding(env) };
}

const HOST = /^(?:[\w.-]+|\[?[\da-f:.]+\]?)$/i;

function tracesUrl(env: Environment): string {
  const candidates: [name: string, url: string | undefined][] = [
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', httpUrl(firstSet(env, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'))],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', withTracesPath(httpUrl(firstSet(env, 'OTEL_EXPORTER_OTLP_ENDPOINT')))],
    ['DD_TRACE_AGENT_URL', agentUrl(hostIn(httpUrl(firstSet(env, 'DD_TRACE_AGENT_URL'))))],
    ['DD_AGENT_HOST', agentUrl(firstSet(env, 'DD_AGENT_HOST'))],
  ];
  const chosen = candidates.findIndex(([, url]) => url !== undefined);
  const url = candidates[chosen]?.[1] ?? `http://127.0.0.1:${AGENT_PORT}/${TRACES_PATH}`;
  for (const [name] of chosen < 0 ? candidates : candidates.slice(0, chosen)) {
    if (firstSet(env, name)) warnOnce(`${name}=${env[name]} makes no http or https URL; spans go to ${url} instead`);
  }
  return url;
}

function agentUrl(host: string | undefined): string | undefined {
  if (host === undefined || !HOST.test(host)) return undefined;
  const isBareIpv6 = host.includes(':') && !host.startsWith('[');
  return httpUrl(`http://${isBareIpv6 ? `[${host}]` : host}:${AGENT_PORT}/${TRACES_PATH}`);
}

function hostIn(url: string | undefined): string | undefined {
  return url && new URL(url).hostname;
}

function withTracesPath(base: string | undefined): string | undefined {
  return base && `${base.replace(/\/$/, '')}/${TRACES_PATH}`;
}

function httpUrl(text: string | undefined): string | undefined {
  return text && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) ? text : undefined;
}

function encoding(env: Environment): OtlpDestination['encoding'] {
  const names = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'];
  const name = names.find((each) => firstSet(env, each));
  const protocol = name && firstSet(env, name)?.toLowerCase();
  if (protocol === undefined || protocol === 'http/protobuf' || protocol === 'http/json')
    return protocol ?? 'http/protobuf';
  warnOnce(`${name}=${protocol} is not supported; spans are sent as http/protobuf (the other choice is http/json)`);
  return 'http/protobuf';
}

/** The URL as it may be shown: a password in it is nobody else's business. */
export function withoutCredentials(url: string): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}
