import { buildApp } from 'fauxqs';
import { missingToolchain as missingElasticMq, startElasticMq } from '../peers/elasticmq/elasticmq.ts';
import { missingToolchain as missingMoto, startMoto } from '../peers/moto/moto.ts';
import type { Bridge } from './bridge.ts';
import { startEventBridge } from './event-bridge.ts';
import { startKinesis } from './kinesis.ts';
import { startLambda } from './lambda.ts';
import type { Service } from './service.ts';
import { startSns } from './sns.ts';
import { startSqs } from './sqs.ts';
import { startStepFunctions } from './step-functions.ts';

interface Kind {
  /** How often it has its turn, of all that are asked for. */
  readonly share: number;
  missing(): string | undefined;
  start(bridge: Bridge): Promise<Service>;
}

const nothing = () => undefined;

/** Every service, by the name that the command knows it by. */
export const SERVICES = {
  'sqs-elasticmq': { share: 25, missing: missingElasticMq, start: sqsOnElasticMq },
  'sqs-fauxqs': {
    share: 28,
    missing: nothing,
    start: (bridge) => onFauxqs((endpoint) => sqsOnFauxqs(endpoint, bridge)),
  },
  sns: { share: 15, missing: nothing, start: (bridge) => onFauxqs((endpoint) => startSns(endpoint, bridge)) },
  lambda: { share: 15, missing: nothing, start: startLambda },
  kinesis: { share: 7, missing: missingMoto, start: (bridge) => onMoto((endpoint) => startKinesis(endpoint, bridge)) },
  // moto takes its time for each event.
  eventbridge: {
    share: 1,
    missing: missingMoto,
    start: (bridge) => onMoto((endpoint) => startEventBridge(endpoint, bridge)),
  },
  stepfunctions: {
    share: 9,
    missing: missingMoto,
    start: (bridge) => onMoto((endpoint) => startStepFunctions(endpoint, bridge)),
  },
} satisfies Record<string, Kind>;

export type ServiceName = keyof typeof SERVICES;
export const SERVICE_NAMES = Object.keys(SERVICES) as ServiceName[];

async function sqsOnElasticMq(bridge: Bridge): Promise<Service> {
  const elasticMq = await startElasticMq();
  const peer = { endpoint: elasticMq.endpoint, largePerMille: 1, digestsReceived: true };
  return closing(await startSqs(peer, bridge), () => elasticMq.close());
}

function sqsOnFauxqs(endpoint: string, bridge: Bridge): Promise<Service> {
  return startSqs({ endpoint, largePerMille: 15, digestsReceived: false }, bridge);
}

async function onFauxqs(start: (endpoint: string) => Promise<Service>): Promise<Service> {
  const app = buildApp({ logger: false });
  const endpoint = await app.listen({ port: 0, host: '127.0.0.1' });
  return closing(await start(endpoint), async () => {
    await app.close();
  });
}

async function onMoto(start: (endpoint: string) => Promise<Service>): Promise<Service> {
  const moto = await startMoto();
  return closing(await start(moto.endpoint), () => moto.close());
}

/** The service, and then its peer. */
function closing(service: Service, closePeer: () => Promise<void>): Service {
  return {
    newLane: () => service.newLane(),
    async close() {
      await service.close();
      await closePeer();
    },
  };
}
