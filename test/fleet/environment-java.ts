import type { JavaAgent } from '../peers/fleet-java/fleet-java.ts';
import { datadogEnv, openTelemetryEnv } from './environment.ts';
import type { Fleet } from './peer.ts';

/** For a program under one of Java's agents. */
export function javaEnv(agent: JavaAgent, service: string, fleet: Pick<Fleet, 'otlp'>): Record<string, string> {
  if (agent === 'dd-java-agent')
    return {
      ...datadogEnv(service, fleet),
      DD_TRACE_OTEL_ENABLED: 'true',
      // Else a span of AWS's is said to be of a service `sqs`, and one of Kafka's of `kafka`.
      DD_TRACE_REMOVE_INTEGRATION_SERVICE_NAMES_ENABLED: 'true',
      DD_PROFILING_ENABLED: 'false',
      DD_CRASHTRACKING_ENABLED: 'false',
      DD_JMXFETCH_ENABLED: 'false',
    };
  return {
    ...openTelemetryEnv(service, fleet),
    // Without it the agent writes X-Ray's header alone.
    OTEL_INSTRUMENTATION_AWS_SDK_EXPERIMENTAL_USE_PROPAGATOR_FOR_MESSAGING: 'true',
  };
}
