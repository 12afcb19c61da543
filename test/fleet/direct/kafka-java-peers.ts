import type { JavaAgent } from '../../peers/fleet-java/fleet-java.ts';
import { agentVersion, kafkaJavaCommand, missingJava } from '../../peers/kafka-java/kafka-java.ts';
import { javaEnv } from '../environment-java.ts';
import { orderService } from '../order-service.ts';
import type { Kept } from '../peer.ts';
import { Program } from '../program.ts';
import type { DirectConsumer, DirectFleet, DirectProducer } from './transport.ts';

const cwd = import.meta.dirname;

interface Agent {
  readonly agent: JavaAgent;
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

function environment(agent: JavaAgent, service: string, fleet: DirectFleet): Record<string, string> {
  return { ...fleet.env, ...javaEnv(agent, service, fleet) };
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
