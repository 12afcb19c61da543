import {
  type Context,
  defaultTextMapSetter,
  propagation,
  type Span,
  SpanKind,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import type { Destinations } from '../configuration/destinations';

/** What an SDK's recording span shows beside the API's. */
interface ReadableSpan {
  readonly kind?: unknown;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

const hosts = new WeakMap<Span, string>();

/** Tells whom the request of a span is for, which its attributes do where it is recorded and no limit cuts them. */
export function rememberHost(span: Span, host: string): void {
  hosts.set(span, host);
}

/**
 * What of the context may go to the host that the context's span sends its HTTP request to; `undefined`: nothing.
 *
 * OpenTelemetry's instrumentations write the host on the span before they inject. A message's span has none, and its context stays as it is. A span
 * that is not recorded has no attributes: where nobody has remembered its host, what a library writes by OpenTelemetry's own setter, as those for HTTP do,
 * has the trace, so that its decision is kept, and no baggage.
 */
export function contextForHost(
  destinations: Destinations,
  context: Context,
  setter: TextMapSetter,
): Context | undefined {
  const span = trace.getSpan(context);
  if (span === undefined) return context;
  const host = hosts.get(span) ?? hostOf(span);
  if (host !== undefined) {
    if (!destinations.isForContext(host)) return undefined;
    return destinations.isForBaggage(host) ? context : propagation.deleteBaggage(context);
  }
  const isUnknown = !span.isRecording() && !span.spanContext().isRemote && setter === defaultTextMapSetter;
  return isUnknown ? propagation.deleteBaggage(context) : context;
}

/** In the present conventions and in those before them. https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
function hostOf(span: Span): string | undefined {
  const { kind, attributes } = span as ReadableSpan;
  if (kind !== SpanKind.CLIENT || attributes === undefined) return undefined;
  if (attributes['http.request.method'] === undefined && attributes['http.method'] === undefined) return undefined;
  const host = attributes['server.address'] ?? attributes['net.peer.name'];
  return typeof host === 'string' ? host : undefined;
}
