import { type JavaAgent, javaVersion, missingToolchain, ordersCommand } from '../../peers/fleet-java/fleet-java.ts';
import { javaEnv } from '../environment-java.ts';
import { orderService } from '../order-service.ts';
import type { Producer } from '../peer.ts';

function producer(agent: JavaAgent, limits: Pick<Producer, 'keeps' | 'ways'>): Producer {
  return {
    name: agent,
    version: javaVersion(agent),
    missing: missingToolchain,
    hasBridge: false,
    ...limits,
    async start(_mode, fleet) {
      const service = `java-orders-${agent}`;
      const env = { ...fleet.aws, ...javaEnv(agent, service, fleet) };
      return orderService({ service, command: await ordersCommand(agent), env, cwd: import.meta.dirname });
    },
  };
}

export const JAVA_PRODUCERS: readonly Producer[] = [
  // It writes no baggage on a message.
  producer('dd-java-agent', {
    keeps: ['origin', 'userId'],
    ways: ['single', 'batch', 'fifo', 'topic', 'event'],
  }),
  // It puts nothing into an event.
  producer('opentelemetry-javaagent', {
    keeps: ['origin', 'userId', 'baggage'],
    ways: ['single', 'batch', 'fifo', 'topic'],
  }),
];
