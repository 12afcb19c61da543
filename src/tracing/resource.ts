import type { Attributes } from '@opentelemetry/api';
import { type Environment, firstSet } from '../configuration/environment';

export const SERVICE_NAME = 'service.name';

const UNIFIED_TAGS: ReadonlyMap<string, string> = new Map([
  ['service', SERVICE_NAME],
  ['env', 'deployment.environment.name'],
  ['version', 'service.version'],
]);

/**
 * Resource attributes from `DD_TAGS`, `DD_SERVICE`, `DD_ENV` and `DD_VERSION`, the later before the earlier. They beat
 * `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`, as in dd-trace.
 * https://docs.datadoghq.com/getting_started/tagging/unified_service_tagging/
 */
export function datadogResourceAttributes(env: Environment): Attributes {
  const attributes: Attributes = {};
  for (const [key, value] of parseTags(env.DD_TAGS ?? '')) attributes[UNIFIED_TAGS.get(key) ?? key] = value;
  for (const [tag, attribute] of UNIFIED_TAGS) {
    const value = firstSet(env, `DD_${tag.toUpperCase()}`);
    if (value !== undefined) attributes[attribute] = value;
  }
  return attributes;
}

/** `key:value` pairs between commas, or between spaces where there is no comma. */
function parseTags(tags: string): [key: string, value: string][] {
  return tags.split(tags.includes(',') ? ',' : ' ').flatMap((tag): [string, string][] => {
    const colon = tag.indexOf(':');
    const key = tag.slice(0, colon).trim();
    const value = tag.slice(colon + 1).trim();
    return colon > 0 && key && key !== '__proto__' && value ? [[key, value]] : [];
  });
}
