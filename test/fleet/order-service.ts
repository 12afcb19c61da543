import { headersOf, itemOf, type Order } from './order.ts';
import type { StartedProducer } from './peer.ts';
import { freePort, Program } from './program.ts';
import { BATCH, type Way } from './route.ts';

const SEND_MILLIS = 30_000;

export interface ServiceOptions {
  /** `undefined` where it exports no spans. */
  readonly service: string | undefined;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/**
 * A producer that is a web service: it listens on `PORT` of 127.0.0.1, takes orders (JSON, an array at `/batch`) by POST at the path of their way,
 * and answers 2xx when their messages are sent: to `QUEUE_URL` at `/single` and `/batch`, to `FIFO_QUEUE_URL`, `TOPIC_ARN` and `EVENT_BUS` at
 * `/fifo`, `/topic` and `/event`. A message's body is the order, as text.
 */
export async function orderService({ service, command, env, cwd }: ServiceOptions): Promise<StartedProducer> {
  const port = await freePort();
  const program = await Program.listening(command, env, cwd, port);
  return {
    service,
    async send(way: Way, order: Order): Promise<void> {
      const items = Array.from({ length: way === 'batch' ? BATCH : 1 }, (_, index) => ({
        order: itemOf(order.id, index),
      }));
      const response = await fetch(`http://127.0.0.1:${port}/${way}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headersOf(order) },
        body: JSON.stringify(way === 'batch' ? items : items[0]),
        signal: AbortSignal.timeout(SEND_MILLIS),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${service} answers ${response.status}: ${text}\n${program.output}`);
    },
    close: () => program.close(),
  };
}
