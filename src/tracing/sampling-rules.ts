import type { Attributes, AttributeValue, SpanKind } from '@opentelemetry/api';
import { matchesGlob } from '../configuration/glob';
import type { SamplingRule } from '../configuration/sampling';
import { operationName } from './operation-names';

/** What is known of a span when it starts. */
export interface StartingSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

/** What is the same for all spans of a process. */
export interface ServiceTags {
  readonly service: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** Whether the span is one that the rule is for. https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/sampling_rule.js */
export function matchesRule(rule: SamplingRule, span: StartingSpan, { service, tags }: ServiceTags): boolean {
  const { attributes } = span;
  if (!matches(rule.service, () => attributes['service.name'] || service)) return false;
  if (!matches(rule.name, () => datadogName(span))) return false;
  if (!matches(rule.resource, () => datadogResource(span))) return false;
  for (const tag in rule.tags) if (!matches(rule.tags[tag], () => attributes[tag] ?? tags[tag])) return false;
  return true;
}

const ANYTHING = /^\*+$/;

/** What has no text matches `*` alone, but whole numbers, which are text too. */
function matches(pattern: string | undefined, subject: () => AttributeValue | undefined): boolean {
  if (pattern === undefined || ANYTHING.test(pattern)) return true;
  const value = subject();
  if (!value || (typeof value !== 'string' && !Number.isInteger(value))) return false;
  return matchesGlob(pattern.toLowerCase(), String(value).toLowerCase());
}

function datadogName({ name, kind, attributes }: StartingSpan): AttributeValue | undefined {
  return attributes['operation.name'] || operationName(kind, attributes) || name;
}

function datadogResource({ name, attributes }: StartingSpan): AttributeValue | undefined {
  const named = attributes['resource.name'];
  if (named) return named;
  const method = attributes['http.request.method'] ?? attributes['http.method'];
  if (method === undefined) return name;
  const path = pathIn(attributes);
  return path === undefined ? String(method) : `${method} ${path}`;
}

/** Under the names of either convention, without the query. */
function pathIn(attributes: Attributes): string | undefined {
  const path = attributes['http.route'] ?? attributes['url.path'] ?? attributes['http.target'];
  if (typeof path === 'string') return path.split('?', 1)[0];
  const url = attributes['url.full'] ?? attributes['http.url'];
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).pathname : undefined;
}
