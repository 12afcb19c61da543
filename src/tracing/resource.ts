import type { Attributes } from '@opentelemetry/api';
import { type Environment, firstSet } from '../configuration/environment';
import { warnOnce } from '../configuration/warning';

export const SERVICE_NAME = 'service.name';

/** Datadog's tags that are attributes of other names, and the variable of each. */
const UNIFIED_TAGS: ReadonlyMap<string, { attribute: string; variable: string }> = new Map([
  ['service', { attribute: SERVICE_NAME, variable: 'DD_SERVICE' }],
  ['env', { attribute: 'deployment.environment.name', variable: 'DD_ENV' }],
  ['version', { attribute: 'service.version', variable: 'DD_VERSION' }],
]);

/**
 * Resource attributes from `DD_TAGS`, `DD_SERVICE`, `DD_ENV` and `DD_VERSION`, the later before the earlier. They beat `OTEL_RESOURCE_ATTRIBUTES` and
 * `OTEL_SERVICE_NAME`, but that one beats a `service` in `DD_TAGS`, as in dd-trace. A tag that is none is one warning.
 * https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/config/index.js
 */
export function datadogResourceAttributes(env: Environment): Attributes {
  const attributes: Attributes = {};
  for (const [key, value] of parseTags(env.DD_TAGS ?? '')) attributes[UNIFIED_TAGS.get(key)?.attribute ?? key] = value;
  if (firstSet(env, 'OTEL_SERVICE_NAME') !== undefined) delete attributes[SERVICE_NAME];
  for (const { attribute, variable } of UNIFIED_TAGS.values()) {
    const value = firstSet(env, variable);
    if (value !== undefined) attributes[attribute] = value;
  }
  return attributes;
}

/** `key:value` pairs between commas, or between spaces where there is no comma. */
function parseTags(tags: string): [key: string, value: string][] {
  const pairs: [string, string][] = [];
  const bad: string[] = [];
  for (const tag of tags.split(tags.includes(',') ? ',' : ' ')) {
    const colon = tag.indexOf(':');
    const key = tag.slice(0, colon).trim();
    const value = tag.slice(colon + 1).trim();
    if (colon > 0 && key && key !== '__proto__' && value) pairs.push([key, value]);
    else if (tag.trim()) bad.push(tag.trim());
  }
  if (bad.length > 0) warnOnce(`DD_TAGS: ${bad.join(', ')} is not key:value; the other tags are used`);
  return pairs;
}
