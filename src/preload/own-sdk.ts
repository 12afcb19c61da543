import { DATADOG_ATTRIBUTE } from '../carriers/datadog-attribute';
import { DatadogPropagator } from '../carriers/datadog-propagator';
import { JoinedPropagator } from '../carriers/joined-propagator';
import { destinationsFrom } from '../configuration/destinations';
import type { Environment } from '../configuration/environment';
import { warnOnce } from '../configuration/warning';
import { apiCopies, reads } from './api-copies';
import { onRegistration, wrapRegisteredPropagator } from './api-global';
import { awsWriter } from './aws-writer';
import { warnOfDatadog } from './other-tracers';

/** Gives an application's own SDK, whenever that starts, our propagator beside its own and the writing of AWS messages. */
export function joinOwnSdk(env: Environment): void {
  const ours = new DatadogPropagator({ env });
  const destinations = destinationsFrom({ env });
  wrapRegisteredPropagator((theirs) =>
    theirs.fields().includes(DATADOG_ATTRIBUTE) ? theirs : new JoinedPropagator(theirs, ours, destinations),
  );
  onRegistration(({ version }) => warnOfUnreadable(version));
  warnOfDatadog();
  awsWriter(env, []);
}

/** Headers carry the context all the same, since instrumentations hand it to the propagator. */
function warnOfUnreadable(version: string): void {
  const [ours] = apiCopies();
  if (ours === undefined || reads(ours, version)) return;
  warnOnce(
    `OpenTelemetry is registered by @opentelemetry/api ${version}, which the ${ours.version} that otel-datadog-bridge finds cannot read: ` +
      "AWS messages carry the context only where OpenTelemetry's own instrumentation writes it. Let both have one copy: " +
      `npm install @opentelemetry/api@${version} where otel-datadog-bridge is installed`,
  );
}
