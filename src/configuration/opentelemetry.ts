import { readFileSync } from 'node:fs';
import { type Environment, firstGood, firstSet, listOf } from './environment';
import { warnOnce } from './warning';

/**
 * One warning for each variable that OpenTelemetry's own code reads and that has a bad value, of which that code tells a `diag` logger alone; and for a
 * file that an application may count on and `reader` does not read.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function checkOpenTelemetryVariables(env: Environment, reader: string): void {
  checkExporter(env);
  checkResource(env);
  checkPropagators(env);
  const file = firstSet(env, 'OTEL_CONFIG_FILE');
  if (file !== undefined) {
    warnOnce(`OTEL_CONFIG_FILE=${file} is not supported under ${reader}; the variables are used instead`);
  }
}

/** https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
function checkExporter(env: Environment): void {
  const isMillis = (text: string) => (Number.isFinite(Number(text)) && Number(text) > 0 ? text : undefined);
  const timeouts = ['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', 'OTEL_EXPORTER_OTLP_TIMEOUT'];
  firstGood(env, timeouts, isMillis, 'a number above zero', '10000');
  const isCompression = (text: string) => (text === 'gzip' || text === 'none' ? text : undefined);
  const compressions = ['OTEL_EXPORTER_OTLP_TRACES_COMPRESSION', 'OTEL_EXPORTER_OTLP_COMPRESSION'];
  firstGood(env, compressions, isCompression, 'gzip or none', 'none');
  checkFile(env, 'OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE', 'OTEL_EXPORTER_OTLP_CERTIFICATE');
  checkFile(env, 'OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE', 'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE');
  checkFile(env, 'OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY', 'OTEL_EXPORTER_OTLP_CLIENT_KEY');
  checkHeaders(env, 'OTEL_EXPORTER_OTLP_TRACES_HEADERS');
  checkHeaders(env, 'OTEL_EXPORTER_OTLP_HEADERS');
}

/** The first that is set counts, readable or not. */
function checkFile(env: Environment, ...names: string[]): void {
  const set = names.filter((name) => firstSet(env, name) !== undefined).slice(0, 1);
  firstGood(env, set, readable, 'a file that can be read', 'none');
}

function readable(path: string): string | undefined {
  try {
    readFileSync(path);
    return path;
  } catch {
    return undefined;
  }
}

/** What headers hold may be secret, so an entry is named by its place. */
function checkHeaders(env: Environment, name: string): void {
  const entries = listOf(firstSet(env, name));
  const bad = entries.flatMap((entry, index) => (keyAndValue(entry)?.every(Boolean) ? [] : index + 1));
  if (bad.length > 0) warnOnce(`${name}: its entry ${bad.join(', ')} is not key=value; the other entries are used`);
}

const MAX_RESOURCE_LENGTH = 255;

/** One bad entry, and the SDK takes none of them. */
function checkResource(env: Environment): void {
  const name = 'OTEL_RESOURCE_ATTRIBUTES';
  const text = firstSet(env, name);
  const isGood = (entry: string) => {
    const parts = keyAndValue(entry);
    return (
      parts !== undefined && entry.split('=').length === 2 && parts.every(({ length }) => length <= MAX_RESOURCE_LENGTH)
    );
  };
  const bad = listOf(text).find((entry) => !isGood(entry));
  if (bad !== undefined) {
    warnOnce(
      `${name}=${text} is not key=value,key=value with what is special percent-encoded (${bad}); none of it is used`,
    );
  }
}

function keyAndValue(entry: string): string[] | undefined {
  const at = entry.indexOf('=');
  if (at <= 0) return undefined;
  try {
    return [entry.slice(0, at), entry.slice(at + 1)].map((part) => decodeURIComponent(part.trim()));
  } catch {
    return undefined;
  }
}

const KNOWN_PROPAGATORS = ['tracecontext', 'baggage', 'b3', 'b3multi', 'datadog', 'none'];

function checkPropagators(env: Environment): void {
  const names = listOf(firstSet(env, 'OTEL_PROPAGATORS')?.toLowerCase());
  const unknown = names.filter((name) => !KNOWN_PROPAGATORS.includes(name));
  if (unknown.length === 0) return;
  warnOnce(
    `OTEL_PROPAGATORS: ${unknown.join(', ')} is none of ${KNOWN_PROPAGATORS.join(', ')}; Datadog's styles and the known ones are used`,
  );
}
