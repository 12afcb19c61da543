import { type Channel, channel } from 'node:diagnostics_channel';
import { context, trace } from '@opentelemetry/api';
import type { Operation } from './operation';

const channels = new Map<string, Channel>();

/**
 * Whether dd-trace traces these calls in this process: it listens for them on a channel then, on none where it is only loaded, or told to
 * leave the service alone. It writes `_datadog` on what it sees being sent, and reads what is received after every middleware.
 * https://github.com/DataDog/dd-trace-js/blob/master/packages/datadog-instrumentations/src/aws-sdk.js
 */
export function isTracedByDatadog({ service }: Operation): boolean {
  let calls = channels.get(service);
  if (calls === undefined) {
    calls = channel(`apm:aws:request:start:${service.toLowerCase()}`);
    channels.set(service, calls);
  }
  return calls.hasSubscribers;
}

/**
 * Whether what these calls send carries dd-trace's context, and is to carry no other: the active span is dd-trace's own, behind
 * OpenTelemetry's API, or there is none. Where an SDK of OpenTelemetry's has started it, both trace this process, and the plugin was asked for that one's.
 * https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/opentelemetry/span_context.js
 */
export function isWrittenByDatadog(operation: Operation): boolean {
  if (!isTracedByDatadog(operation)) return false;
  const spanContext = trace.getSpanContext(context.active());
  return spanContext === undefined || '_ddContext' in spanContext;
}
