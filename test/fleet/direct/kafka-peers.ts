import { join } from 'node:path';
import { missingToolchain } from '../../peers/jvm.ts';
import { datadogEnv, openTelemetryEnv } from '../environment.ts';
import { example, NODE, nodeProject } from '../node-project.ts';
import { orderService } from '../order-service.ts';
import type { Mode } from '../peer.ts';
import { Program } from '../program.ts';
import { bridgeVersion, npmVersion } from '../versions.ts';
import { JAVA_KAFKA_CONSUMERS, JAVA_KAFKA_PRODUCERS } from './kafka-java-peers.ts';
import type { DirectConsumer, DirectFleet, DirectProducer } from './transport.ts';

const PROGRAMS = join(import.meta.dirname, '../programs');

/** A pair of programs in Node: one that takes orders, and a worker. */
interface NodePrograms {
  readonly folder: string;
  readonly orders: string;
  readonly shipping: string;
}
const KAFKAJS: NodePrograms = { folder: example('kafka-otel'), orders: 'orders.cjs', shipping: 'shipping.cjs' };
const PLATFORMATIC: NodePrograms = {
  folder: PROGRAMS,
  orders: 'platformatic-orders.cjs',
  shipping: 'platformatic-shipping.cjs',
};

interface Tracer extends Pick<DirectProducer, 'name' | 'version' | 'hasBridge' | 'keeps'> {
  readonly service: string;
  readonly preload: (mode: Mode) => string;
  readonly env: (service: string, fleet: DirectFleet) => Record<string, string>;
}

const openTelemetry = (client: string, version: string): Tracer => ({
  name: `OpenTelemetry JS, ${client}, /register`,
  version,
  hasBridge: true,
  keeps: ['origin', 'userId', 'baggage'],
  service: `otel-js-${client.replace(/\W/g, '')}`,
  preload: (mode) =>
    mode === 'with' ? 'otel-datadog-bridge/register' : '@opentelemetry/auto-instrumentations-node/register',
  env: openTelemetryEnv,
});

const ddTrace: Tracer = {
  name: 'dd-trace-js 6, kafkajs',
  version: npmVersion('fleet-node', 'dd-trace'),
  hasBridge: false,
  keeps: ['origin', 'userId', 'baggage'],
  service: 'dd-trace-js-kafkajs',
  preload: () => 'dd-trace/init',
  env: datadogEnv,
};

/** It neither writes nor reads W3C's headers, as Datadog's older tracers, and many a fleet's settings. */
const datadogStyle: Tracer = {
  ...ddTrace,
  name: 'dd-trace-js 6, kafkajs, DD_TRACE_PROPAGATION_STYLE=datadog',
  keeps: ['origin', 'userId'],
  service: 'dd-trace-js-kafkajs-datadog',
  env: (service, fleet) => ({ ...datadogEnv(service, fleet), DD_TRACE_PROPAGATION_STYLE: 'datadog' }),
};

async function started(
  { service, preload, env, hasBridge }: Tracer,
  { folder }: NodePrograms,
  file: string,
  role: string,
  mode: Mode,
  fleet: DirectFleet,
) {
  const name = `${service}-${role}${hasBridge ? `-${mode}` : ''}`;
  return {
    service: name,
    command: [NODE, '--require', preload(mode), file],
    env: { KAFKAJS_NO_PARTITIONER_WARNING: '1', ...fleet.env, ...env(name, fleet) },
    cwd: await nodeProject(folder),
  };
}

const peerOf = ({ name, version, hasBridge, keeps }: Tracer) => ({
  name,
  version,
  hasBridge,
  keeps,
  missing: missingToolchain,
});

function producer(tracer: Tracer, programs: NodePrograms): DirectProducer {
  return {
    ...peerOf(tracer),
    ways: ['single', 'batch'],
    start: async (mode, fleet) => orderService(await started(tracer, programs, programs.orders, 'orders', mode, fleet)),
  };
}

function consumer(tracer: Tracer, programs: NodePrograms): DirectConsumer {
  return {
    ...peerOf(tracer),
    async start(mode, fleet) {
      const { service, command, env, cwd } = await started(tracer, programs, programs.shipping, 'worker', mode, fleet);
      const program = Program.start(command, { ...env, SHIPPING_URL: fleet.shipping }, cwd);
      return { service, close: () => program.close() };
    },
  };
}

const NODE_PEERS = [
  [openTelemetry('kafkajs', bridgeVersion()), KAFKAJS],
  [openTelemetry('@platformatic/kafka', npmVersion('fleet-node', '@platformatic/kafka-opentelemetry')), PLATFORMATIC],
  [ddTrace, KAFKAJS],
  [datadogStyle, KAFKAJS],
] as const;

export const KAFKA_PRODUCERS: readonly DirectProducer[] = [
  ...NODE_PEERS.map(([tracer, programs]) => producer(tracer, programs)),
  ...JAVA_KAFKA_PRODUCERS,
];
export const KAFKA_CONSUMERS: readonly DirectConsumer[] = [
  ...NODE_PEERS.map(([tracer, programs]) => consumer(tracer, programs)),
  ...JAVA_KAFKA_CONSUMERS,
];
