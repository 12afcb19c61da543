import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { COLLECTOR, type Collector, freePorts, startCollector } from '../../peers/collector/collector.ts';
import { ROOT } from '../run-node.ts';
import { createTopic } from './topic.ts';

const GATEWAYS = 3;
const NAME = 'gateways';
/** The longest that an edge takes to see a name's new addresses: it asks each 5 seconds, and Go keeps the hosts file for 5. */
const RESOLVED_MILLIS = 12_000;

/** What stands between the services and the gateways. */
export type Route =
  /** Nothing: each service sends to a gateway of its own. */
  | 'none'
  /** An edge with a list of the gateways. */
  | 'list'
  /** An edge with a name for all gateways. */
  | 'name'
  /** An edge, and Kafka. */
  | 'kafka';

/** What happens to one of the gateways: a stop (SIGTERM) or a crash (SIGKILL), then a start. */
export type Fault = 'stop' | 'crash';

export interface FleetOptions {
  readonly route: Route;
  readonly decisionWaitMillis: number;
  /** Of the undecided traces, 0 to 100. */
  readonly percentage: number;
  /** Of Kafka: `127.0.0.1:PORT`. */
  readonly broker?: string | undefined;
  /** The file that stands for `/etc/hosts` in this process and its children. */
  readonly hosts?: string | undefined;
}

/** Collectors of two tiers, as a fleet has them. */
export interface Fleet {
  /** `http://127.0.0.1:PORT`, for each of the services in turn. */
  readonly doors: readonly string[];
  /** Stops one of the gateways, and starts it again after that time. */
  failOne(fault: Fault, downMillis: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts them, with the gateways' output to that URL. */
export async function startFleet(options: FleetOptions, output: string): Promise<Fleet> {
  const { route, broker = '', hosts = '' } = options;
  const kafka = { KAFKA_BROKERS: broker, KAFKA_TOPIC: `spans-${Date.now()}` };
  if (route === 'kafka') await createTopic(broker, kafka.KAFKA_TOPIC, 2 * GATEWAYS);
  const ports = await freePorts(1 + 2 * GATEWAYS);
  const addressOf = (index: number) =>
    route === 'name' ? `127.0.0.${index + 1}:${ports[0]}` : `127.0.0.1:${ports[1 + index]}`;
  const gateways = await Promise.all(Array.from({ length: GATEWAYS }, (_, index) => startGateway(index)));
  if (route === 'name') resolveTo(0, 1, 2);
  const edge = route === 'none' ? undefined : await startEdge();
  return {
    doors: (edge ? [edge] : gateways).map(({ otlpHttp }) => otlpHttp),
    async failOne(fault, downMillis) {
      // As in Kubernetes: no address from the moment on at which it is to stop, and again one once it is up.
      if (route === 'name' && fault === 'stop') {
        resolveTo(0, 2);
        await sleep(RESOLVED_MILLIS);
      }
      await gateways[1]?.stop(fault === 'stop' ? 'SIGTERM' : 'SIGKILL');
      if (route === 'name') resolveTo(0, 2);
      await sleep(downMillis);
      gateways[1] = await startGateway(1);
      if (route === 'name') resolveTo(0, 1, 2);
    },
    async stop() {
      await edge?.stop();
      await Promise.all(gateways.map((gateway) => gateway.stop()));
    },
  };

  function startGateway(index: number): Promise<Collector> {
    const overKafka = route === 'kafka' ? [join(COLLECTOR, 'gateway-kafka.yaml')] : [];
    return startCollector({
      configs: [join(ROOT, 'otel-config.yaml'), join(COLLECTOR, 'gateway.yaml'), ...overKafka],
      env: {
        ...kafka,
        KAFKA_INSTANCE: `gateway-${index}`,
        OTLP_GRPC_ENDPOINT: addressOf(index),
        OTLP_HTTP_ENDPOINT: `127.0.0.1:${ports[1 + GATEWAYS + index]}`,
        OTLP_EXPORT_ENDPOINT: output,
        SAMPLING_PERCENTAGE: String(options.percentage),
        DECISION_WAIT: `${options.decisionWaitMillis}ms`,
      },
    });
  }

  function startEdge(): Promise<Collector> {
    const over: Readonly<Record<Route, string[]>> = {
      none: [],
      list: [],
      name: [join(COLLECTOR, 'edge-dns.yaml')],
      kafka: [join(COLLECTOR, 'edge-kafka.yaml')],
    };
    return startCollector({
      configs: [join(COLLECTOR, 'edge.yaml'), ...over[route]],
      env: {
        ...kafka,
        GATEWAYS: Array.from({ length: GATEWAYS }, (_, index) => addressOf(index)).join(),
        GATEWAY_NAME: NAME,
        GATEWAY_PORT: String(ports[0]),
      },
    });
  }

  function resolveTo(...indices: number[]): void {
    writeFileSync(hosts, indices.map((index) => `127.0.0.${index + 1} ${NAME}\n`).join(''));
  }
}
