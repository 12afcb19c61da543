import { booleanFrom, type Environment, firstSet, isFalse, isTrue, listOf } from './environment';
import { warnOnce } from './warning';

/**
 * What the spans of messages are to the span that works on them. `others`: one is its parent, and those of the other messages are links.
 * `only`: all of them are links, as OpenTelemetry's conventions have it.
 */
export type MessageLinks = 'others' | 'only';

/** Options of what consumes messages. What is left out is taken from the environment, and from the defaults then. */
export interface ConsumerOptions {
  /** `OTEL_DATADOG_LINKS`; default `others`. */
  links?: MessageLinks | undefined;
  /**
   * Make the spans that Datadog infers for managed services, so that the time in a queue is seen. `DD_TRACE_MANAGED_SERVICES`; default `true`
   * where `AWS_LAMBDA_FUNCTION_NAME` is set, `false` elsewhere.
   */
  inferredSpans?: boolean | undefined;
  /** Default: `process.env`. It counts also where the application has no propagator of ours. */
  env?: Environment | undefined;
}

export interface ConsumerSettings {
  readonly links: MessageLinks;
  readonly inferredSpans: boolean;
  /** Whether the context counts that a function which authorizes requests has passed on. `DD_DECODE_AUTHORIZER_CONTEXT`; default `true`. */
  readonly readsAuthorizer: boolean;
  readonly naming: ServiceNaming;
}

/** How inferred spans name their service. */
export interface ServiceNaming {
  /** `DD_SERVICE`: the service that a managed one has called. */
  readonly own: string | undefined;
  /**
   * `id` and `kind` are what `DD_SERVICE_MAPPING` calls one of them, and all of a kind (`lambda_sqs`); `fallback` is for one
   * without a name.
   */
  serviceOf(name: string, id: string, kind: string, fallback: string): string;
}

const LINKS: readonly MessageLinks[] = ['others', 'only'];
const known = new WeakMap<Environment, ConsumerSettings>();

/**
 * What the options say, else the environment as it was when first asked for, else the default. A bad variable is one warning, and
 * counts for nothing.
 * @throws TypeError for a bad option.
 * https://github.com/DataDog/datadog-lambda-js#configuration
 */
export function consumerConfiguration({ links, inferredSpans, env = process.env }: ConsumerOptions): ConsumerSettings {
  let settings = known.get(env);
  if (settings === undefined) {
    settings = Object.freeze({
      links: linksFrom(env),
      inferredSpans: inferredSpansFrom(env),
      readsAuthorizer: booleanFrom(env, 'DD_DECODE_AUTHORIZER_CONTEXT', true),
      naming: namingFrom(env),
    });
    known.set(env, settings);
  }
  if (links === undefined && inferredSpans === undefined) return settings;
  return {
    ...settings,
    links: checkedLinks(links) ?? settings.links,
    inferredSpans: checkedFlag(inferredSpans) ?? settings.inferredSpans,
  };
}

function checkedLinks(links: MessageLinks | undefined): MessageLinks | undefined {
  if (links === undefined || LINKS.includes(links)) return links;
  throw new TypeError(`links: ${links} is none of ${LINKS.join(', ')}`);
}

function checkedFlag(inferredSpans: boolean | undefined): boolean | undefined {
  if (inferredSpans === undefined || typeof inferredSpans === 'boolean') return inferredSpans;
  throw new TypeError(`inferredSpans: ${inferredSpans} is neither true nor false`);
}

function linksFrom(env: Environment): MessageLinks {
  const variable = 'OTEL_DATADOG_LINKS';
  const value = firstSet(env, variable);
  if (value === undefined) return 'others';
  const found = LINKS.find((name) => name === value.toLowerCase());
  if (found === undefined) warnOnce(`${variable}=${value} is none of ${LINKS.join(', ')}; others is used instead`);
  return found ?? 'others';
}

function inferredSpansFrom(env: Environment): boolean {
  const inLambda = firstSet(env, 'AWS_LAMBDA_FUNCTION_NAME') !== undefined;
  return booleanFrom(env, 'DD_TRACE_MANAGED_SERVICES', inLambda);
}

/** https://github.com/DataDog/datadog-lambda-js/blob/main/src/trace/span-inferrer.ts */
function namingFrom(env: Environment): ServiceNaming {
  const mapping = serviceMapping(firstSet(env, 'DD_SERVICE_MAPPING'));
  const own = firstSet(env, 'DD_SERVICE');
  const ownInstead = isTrue(env.DD_TRACE_REMOVE_INTEGRATION_SERVICE_NAMES_ENABLED) ? own : undefined;
  const named = !isFalse(env.DD_TRACE_AWS_SERVICE_REPRESENTATION_ENABLED);
  return {
    own,
    serviceOf: (name, id, kind, fallback) =>
      mapping.get(id) ?? mapping.get(kind) ?? ownInstead ?? ((named && name.trim()) || fallback),
  };
}

function serviceMapping(text: string | undefined): ReadonlyMap<string, string> {
  const mapping = new Map<string, string>();
  for (const entry of listOf(text)) {
    const [from, to, ...others] = entry.split(':').map((part) => part.trim());
    if (from && to && from !== to && others.length === 0) mapping.set(from, to);
  }
  return mapping;
}
