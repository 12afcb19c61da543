import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { matchesGlob } from '../configuration/glob';
import type { OperationNames } from '../configuration/operation-names';
import type { SamplingRule } from '../configuration/sampling';
import { datadogNames, type NamedSpan } from './operation-names';

/** What is known of a span when it starts. */
export type StartingSpan = NamedSpan;

/** What is the same for all spans of a process. */
export interface ServiceTags {
  readonly service: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** By which the spans are named. */
  readonly naming: OperationNames;
}

/** Whether the span is one that the rule is for. https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/sampling_rule.js */
export function matchesRule(rule: SamplingRule, span: StartingSpan, { service, tags, naming }: ServiceTags): boolean {
  const { attributes } = span;
  if (!matches(rule.service, () => attributes['service.name'] || service)) return false;
  if (!matches(rule.name, () => datadogName(span, naming))) return false;
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

function datadogName(span: StartingSpan, naming: OperationNames): AttributeValue | undefined {
  return span.attributes['operation.name'] || datadogNames(span, naming)?.operation || span.name;
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
