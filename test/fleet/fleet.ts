import { Receiver } from '../../demo/receiver.ts';
import { type Cell, type FleetRun, judgedCells, type Pair, type Sent, untilHandled } from './cell.ts';
import { CONSUMERS } from './consumers/consumers.ts';
import { itemOf, newOrder, PRIORITIES } from './order.ts';
import type { Consumer, Producer, StartedConsumer, StartedProducer } from './peer.ts';
import { PRODUCERS } from './producers/producers.ts';
import type { QueuedMessage } from './queued-message.ts';
import { BATCH, SQS_ROUTES } from './route.ts';
import { fewAtOnce, Running, type Started, variants } from './running.ts';
import { selection } from './selection.ts';
import { type Servers, startServers } from './servers.ts';
import { Shipping } from './shipping.ts';

interface Queued extends Sent {
  readonly message: QueuedMessage;
}

/** Starts what `only` selects, lets each order through all of them, and judges what became of it. */
export async function runFleet(only: readonly string[], say: (line: string) => void): Promise<FleetRun> {
  const { producers, consumers, skipped, isWanted } = selection(PRODUCERS, CONSUMERS, only);
  if (consumers.length === 0) return { producers, consumers, cells: [], skipped, failures: [] };
  const running = new Running();
  try {
    const [servers, receiver, shipping] = await Promise.all([startServers(), Receiver.start(), Shipping.start()]);
    for (const server of [servers, receiver, shipping]) running.closed(server);
    const spans = receiver.begin();
    const fleet = (key: string) => ({ aws: servers.env, otlp: receiver.endpoint, shipping: shipping.url(key) });

    const startedProducers: Started<Producer, StartedProducer>[] = [];
    const startedConsumers: Started<Consumer, StartedConsumer>[] = [];
    await fewAtOnce([
      ...variants(producers, 'p').map(
        (variant, index) => () =>
          running.unlessItFails(variant.peer.name, async () => {
            const started = running.closed(await variant.peer.start(variant.modes[0], fleet(variant.key)));
            startedProducers[index] = { ...variant, started };
          }),
      ),
      ...variants(consumers, 'c').map(
        (variant, index) => () =>
          running.unlessItFails(variant.peer.name, async () => {
            const { peer, modes, key } = variant;
            const started = running.closed(await peer.start(modes[0], fleet(key), servers.newQueue));
            startedConsumers[index] = { ...variant, started };
          }),
      ),
    ]);
    say('all are up');

    const pairs: Pair[] = [];
    // Those that failed are missing in between.
    const [senders, receivers] = [Object.values(startedProducers), Object.values(startedConsumers)];
    const chains = new Map(receivers.map((to) => [to, Promise.resolve()]));
    for (const from of senders) {
      const sent: Queued[] = [];
      await running.unlessItFails(from.peer.name, () => sendAll(from, servers, sent));
      for (const to of receivers) {
        if (!isWanted(from.peer, to.peer)) continue;
        // Where neither has the bridge there is one run, which is the same with it and without.
        const shared = from.modes.filter((mode) => to.modes.includes(mode));
        if (shared[0] === undefined) continue;
        for (const mode of shared) pairs.push({ from, to, mode, sent });
        const chain = chains.get(to) ?? Promise.resolve();
        chains.set(
          to,
          chain.then(async () => {
            for (const { message } of sent)
              await running.unlessItFails(to.peer.name, () => to.started.deliver(message));
          }),
        );
      }
      say(`${from.peer.name}: ${sent.length} messages`);
    }
    await Promise.all(chains.values());
    say('all are delivered');
    await untilHandled(pairs, shipping);
    say('all are handled');
    const cells = await judgedCells(pairs, SQS_ROUTES, shipping, spans, hasFault);
    return { producers, consumers, cells, skipped, failures: running.failures };
  } finally {
    await running.close();
  }
}

const hasFault = ({ judgements }: Cell) => judgements.some(({ faults }) => faults.length > 0);

/** Each order of each route, and the messages that it became. On SQS itself there is one for each priority. */
async function sendAll(
  { peer, started }: Started<Producer, StartedProducer>,
  servers: Servers,
  sent: Queued[],
): Promise<void> {
  for (const route of SQS_ROUTES) {
    if (!peer.ways.includes(route.way)) continue;
    for (const priority of route.name === 'SQS' ? PRIORITIES : PRIORITIES.slice(0, 1)) {
      const order = newOrder(priority);
      const items = Array.from({ length: route.way === 'batch' ? BATCH : 1 }, (_, index) => itemOf(order.id, index));
      if (route.queue === 'redriven') for (const item of items) servers.redrive(item);
      await started.send(route.way, order);
      for (const item of items)
        sent.push({ route, order, item, message: await servers.queues[route.queue].message(item) });
    }
  }
}
