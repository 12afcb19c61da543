import { type GoProgram, goProgram, goVersion, missingToolchain } from '../../peers/fleet-go/fleet-go.ts';
import { datadogEnv, openTelemetryEnv } from '../environment.ts';
import { orderService } from '../order-service.ts';
import type { Fleet, Producer, StartedProducer } from '../peer.ts';

const TRACER = goVersion('dd-trace-go/v2');

async function start(program: GoProgram, env: Record<string, string>, service: string, { aws }: Fleet) {
  const command = [await goProgram(program)];
  return orderService({ service, command, env: { ...aws, ...env }, cwd: import.meta.dirname });
}

function datadog(program: GoProgram, service: string, fleet: Fleet): Promise<StartedProducer> {
  return start(program, datadogEnv(service, fleet), service, fleet);
}

const common = {
  missing: missingToolchain,
  hasBridge: false,
  keeps: ['origin', 'userId', 'baggage'],
  ways: ['single', 'batch', 'fifo', 'topic', 'event'],
} as const;

export const GO_PRODUCERS: readonly Producer[] = [
  {
    ...common,
    name: 'dd-trace-go by hand',
    version: TRACER,
    // The example is what sends single messages.
    async start(_mode, fleet): Promise<StartedProducer> {
      const service = 'go-by-hand';
      const single = await datadog('go-producer', service, fleet);
      const others = await datadog('by-hand', service, fleet);
      return {
        service,
        send: (way, order) => (way === 'single' ? single : others).send(way, order),
        close: async () => {
          await Promise.all([single.close(), others.close()]);
        },
      };
    },
  },
  {
    ...common,
    name: 'dd-trace-go with its AWS contrib',
    version: `${TRACER}, ${goVersion('aws-sdk-go-v2/v2')}`,
    start: (_mode, fleet) => datadog('contrib', 'go-contrib', fleet),
  },
  {
    ...common,
    name: 'OpenTelemetry Go by hand',
    ways: ['single', 'batch', 'fifo', 'topic'],
    version: goVersion('sdk'),
    start: (_mode, fleet) =>
      start('opentelemetry', openTelemetryEnv('go-opentelemetry', fleet), 'go-opentelemetry', fleet),
  },
];
