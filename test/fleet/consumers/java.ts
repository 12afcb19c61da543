import {
  type JavaAgent,
  javaVersion,
  missingToolchain,
  WORKER,
  workerCommand,
} from '../../peers/fleet-java/fleet-java.ts';
import { javaEnv } from '../environment-java.ts';
import type { Consumer } from '../peer.ts';
import { worker } from '../worker.ts';

function consumer(agent: JavaAgent, keeps: Consumer['keeps']): Consumer {
  return {
    name: `${agent} worker`,
    version: javaVersion(agent, WORKER),
    missing: missingToolchain,
    hasBridge: false,
    keeps,
    async start(_mode, fleet, newQueue) {
      const service = `java-worker-${agent}`;
      const env = { ...fleet.aws, ...javaEnv(agent, service, fleet), SHIPPING_URL: fleet.shipping };
      return worker({ service, command: await workerCommand(agent), env, cwd: WORKER }, newQueue);
    },
  };
}

export const JAVA_CONSUMERS: readonly Consumer[] = [
  consumer('dd-java-agent', []),
  consumer('opentelemetry-javaagent', ['origin', 'userId', 'baggage']),
];
