import { AwsClientInstrumentation } from '../aws/client-instrumentation';
import { awsMiddleware } from '../aws/plugin';
import { DATADOG_ATTRIBUTE } from '../carriers/datadog-attribute';
import { DatadogPropagator } from '../carriers/datadog-propagator';
import { JoinedPropagator } from '../carriers/joined-propagator';
import { awsConfiguration } from '../configuration/aws';
import type { Environment } from '../configuration/environment';
import { wrapRegisteredPropagator } from './api-global';
import { warnOfDatadog } from './other-tracers';

/** Gives an application's own SDK, whenever that starts, our propagator beside its own and the writing of AWS messages. */
export function joinOwnSdk(env: Environment): void {
  const ours = new DatadogPropagator({ env });
  wrapRegisteredPropagator((theirs) =>
    theirs.fields().includes(DATADOG_ATTRIBUTE) ? theirs : new JoinedPropagator(theirs, ours),
  );
  warnOfDatadog();
  new AwsClientInstrumentation(awsMiddleware(awsConfiguration({ env }), env));
}
