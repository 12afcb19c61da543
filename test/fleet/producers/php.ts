import { join } from 'node:path';
import { missingToolchain, otherPhp, PHP_SERVICE, PHP_VERSION } from '../../peers/fleet-php/fleet-php.ts';
import { example } from '../node-project.ts';
import { orderService } from '../order-service.ts';
import type { Fleet, Kept, Producer, StartedProducer } from '../peer.ts';
import type { Way } from '../route.ts';

const ORDERS = join(import.meta.dirname, '../../peers/fleet-php');
const KEEPS: readonly Kept[] = ['origin', 'userId', 'baggage'];

interface Php {
  readonly name: string;
  /** As `index.php` has them. */
  readonly writes: 'strings' | 'integer' | 'pretty' | 'w3c';
  readonly client?: 'aws-sdk-php';
  readonly ways?: readonly Way[];
}

function start(service: string, cwd: string, { aws, otlp }: Fleet, env: Record<string, string> = {}) {
  const spans = { DD_SERVICE: service, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${otlp}/v1/traces` };
  return orderService({ service, command: PHP_SERVICE, env: { ...aws, ...spans, ...env }, cwd });
}

function producer({ name, writes, client, ways = ['single', 'batch', 'fifo', 'topic'] }: Php): Producer {
  return {
    name: `PHP by hand, ${name}`,
    version: PHP_VERSION,
    missing: missingToolchain,
    hasBridge: false,
    keeps: KEEPS,
    ways,
    start: (_mode, fleet) =>
      start(`php-${client ?? writes}`, ORDERS, fleet, { WRITES: writes, ...(client && { CLIENT: client }) }),
  };
}

const asTheStory = producer({ name: '_datadog', writes: 'strings' });

export const PHP_PRODUCERS: readonly Producer[] = [
  {
    ...asTheStory,
    // The example is what sends single messages.
    async start(mode, fleet): Promise<StartedProducer> {
      const other = otherPhp();
      if (other !== undefined) console.warn(`the fleet was run with ${PHP_VERSION}, and ${other} is here`);
      const single = await start('php-strings', example('php-producer'), fleet);
      const others = await asTheStory.start(mode, fleet);
      return {
        service: others.service,
        send: (way, order) => (way === 'single' ? single : others).send(way, order),
        close: async () => {
          await Promise.all([single.close(), others.close()]);
        },
      };
    },
  },
  producer({ name: '_datadog with a number', writes: 'integer' }),
  producer({ name: '_datadog pretty-printed', writes: 'pretty' }),
  producer({
    name: "_datadog, aws-sdk-php's protocol",
    writes: 'strings',
    client: 'aws-sdk-php',
    ways: ['single', 'batch', 'fifo'],
  }),
  producer({ name: 'traceparent alone', writes: 'w3c' }),
];
