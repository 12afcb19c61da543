import { type Channel, channel } from 'node:diagnostics_channel';
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
