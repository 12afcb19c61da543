import { agentVersion, type KafkaJavaAgent, kafkaJavaCommand, missingJava } from '../../peers/kafka-java/kafka-java.ts';
import { datadogEnv, openTelemetryEnv } from '../environment.ts';
import { orderService } from '../order-service.ts';
import type { Kept } from '../peer.ts';
import { Program } from '../program.ts';
import type { DirectConsumer, DirectFleet, DirectProducer } from './transport.ts';

const cwd = import.meta.dirname;

interface Agent {
  readonly agent: KafkaJavaAgent;
  readonly keeps: readonly Kept[];
}
const AGENTS: readonly Agent[] = [
  // It writes and reads no baggage on a message.
  { agent: 'dd-java-agent', keeps: ['origin', 'userId'] },
  { agent: 'opentelemetry-javaagent', keeps: ['origin', 'userId', 'baggage'] },
];

const peerOf = ({ agent, keeps }: Agent) => ({
  name: `${agent}, kafka-clients`,
  version: agentVersion(agent),
  missing: missingJava,
  hasBridge: false,
  keeps,
});

function environment(agent: KafkaJavaAgent, service: string, fleet: DirectFleet): Record<string, string> {
  if (agent === 'opentelemetry-javaagent') return { ...fleet.env, ...openTelemetryEnv(service, fleet) };
  return {
    ...fleet.env,
    ...datadogEnv(service, fleet),
    DD_TRACE_OTEL_ENABLED: 'true',
    // Else a span of Kafka's is said to be of a service `kafka`.
    DD_TRACE_REMOVE_INTEGRATION_SERVICE_NAMES_ENABLED: 'true',
    DD_PROFILING_ENABLED: 'false',
    DD_CRASHTRACKING_ENABLED: 'false',
    DD_JMXFETCH_ENABLED: 'false',
  };
}

export const JAVA_KAFKA_PRODUCERS: readonly DirectProducer[] = AGENTS.map((agent) => ({
  ...peerOf(agent),
  ways: ['single', 'batch'],
  async start(_mode, fleet) {
    const service = `${agent.agent}-kafka-orders`;
    const command = await kafkaJavaCommand(agent.agent, 'Orders');
    return orderService({ service, command, env: environment(agent.agent, service, fleet), cwd });
  },
}));

export const JAVA_KAFKA_CONSUMERS: readonly DirectConsumer[] = AGENTS.map((agent) => ({
  ...peerOf(agent),
  async start(_mode, fleet) {
    const service = `${agent.agent}-kafka-worker`;
    const env = { ...environment(agent.agent, service, fleet), SHIPPING_URL: fleet.shipping };
    const program = Program.start(await kafkaJavaCommand(agent.agent, 'Shipping'), env, cwd);
    return { service, close: () => program.close() };
  },
}));
