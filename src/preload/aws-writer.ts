import { AwsClientInstrumentation } from '../aws/client-instrumentation';
import { awsMiddleware } from '../aws/plugin';
import { awsConfiguration, BODY_CARRIERS } from '../configuration/aws';
import type { Environment } from '../configuration/environment';

/** Writes into the messages of every AWS client, and by default into its bodies, where the environment does not name the carriers. */
export function awsWriter(env: Environment, bodyCarriers = BODY_CARRIERS): AwsClientInstrumentation {
  return new AwsClientInstrumentation(awsMiddleware(awsConfiguration({ env }, { bodyCarriers }), env));
}
