import { Receiver } from '../../../demo/receiver.ts';
import { type Cell, type FleetRun, judgedCells, type Pair, type Sent, untilHandled } from '../cell.ts';
import { itemOf, newOrder, PRIORITIES } from '../order.ts';
import type { Peer, StartedProducer } from '../peer.ts';
import { BATCH } from '../route.ts';
import { fewAtOnce, Running, type Started, variants } from '../running.ts';
import { selection } from '../selection.ts';
import { Shipping } from '../shipping.ts';
import type {
  DirectConsumer,
  DirectMessage,
  DirectProducer,
  DirectRoute,
  StartedDirectConsumer,
  StartedTransport,
  Transport,
} from './transport.ts';

interface Direct extends Sent {
  /** The same as it was on the wire. */
  readonly wire: DirectMessage;
}

export interface DirectRun extends FleetRun {
  readonly transport: Transport;
}

/** As `runFleet`, over one transport. */
export async function runDirect(
  transport: Transport,
  only: readonly string[],
  say: (line: string) => void,
): Promise<DirectRun> {
  const { producers, consumers, skipped, isWanted } = selection(transport.producers, transport.consumers, only);
  if (consumers.length === 0) return { transport, producers, consumers, cells: [], skipped, failures: [] };
  const running = new Running();
  try {
    const [servers, receiver, shipping] = await Promise.all([transport.start(), Receiver.start(), Shipping.start()]);
    for (const server of [servers, receiver, shipping]) running.closed(server);
    const spans = receiver.begin();
    const otlp = receiver.endpoint;
    const senders: Started<DirectProducer, StartedProducer>[] = [];
    const receivers: Started<DirectConsumer, StartedDirectConsumer>[] = [];
    await fewAtOnce([
      ...variants(consumers, 'c').map((variant) => async () => {
        const fleet = { otlp, shipping: shipping.url(variant.key), env: servers.consumerEnv(variant.key) };
        await running.unlessItFails(variant.peer.name, async () => {
          receivers.push({ ...variant, started: running.closed(await variant.peer.start(variant.modes[0], fleet)) });
        });
      }),
      ...variants(producers, 'p').map((variant) => async () => {
        const fleet = { otlp, shipping: shipping.url(variant.key), env: servers.producerEnv };
        await running.unlessItFails(variant.peer.name, async () => {
          senders.push({ ...variant, started: running.closed(await variant.peer.start(variant.modes[0], fleet)) });
        });
      }),
    ]);
    say(`${transport.name}: all are up`);

    const pairs: Pair[] = [];
    for (const from of senders) {
      const sent: Direct[] = [];
      await running.unlessItFails(from.peer.name, () => sendAll(from, transport.routes, servers, sent));
      for (const to of receivers) {
        if (!isWanted(from.peer, to.peer)) continue;
        const shared = from.modes.filter((mode) => to.modes.includes(mode));
        for (const mode of shared) pairs.push({ from, to, mode, sent });
        if (shared.length === 0) continue;
        for (const { wire } of sent)
          await running.unlessItFails(to.peer.name, () => to.started.deliver?.(wire) ?? Promise.resolve());
      }
    }
    say(`${transport.name}: all are sent`);
    await untilHandled(pairs, shipping);
    const cells = await judgedCells(pairs, transport.routes, shipping, spans, mayBeMended);
    say(`${transport.name}: all are judged`);
    // As they are listed, and not as they happened to start.
    const peers: readonly Peer[] = [...transport.producers, ...transport.consumers];
    const order = (cell: Cell) => peers.indexOf(cell.producer) * peers.length + peers.indexOf(cell.consumer);
    cells.sort((one, other) => order(one) - order(other));
    return { transport, producers, consumers, cells, skipped, failures: running.failures };
  } finally {
    await running.close();
  }
}

/** Whether spans that are still on their way could make it better. */
const mayBeMended = ({ judgements }: Cell) =>
  judgements.some(({ outcome, faults }) => outcome !== undefined && faults.length > 0);

/** An order for each priority, and one that is a batch. */
async function sendAll(
  { peer, started }: Started<DirectProducer, StartedProducer>,
  routes: readonly DirectRoute[],
  servers: StartedTransport,
  sent: Direct[],
): Promise<void> {
  for (const route of routes) {
    if (!peer.ways.includes(route.way)) continue;
    for (const priority of route.way === 'single' ? PRIORITIES : PRIORITIES.slice(0, 1)) {
      const order = newOrder(priority);
      await started.send(route.way, order);
      for (let index = 0; index < (route.way === 'batch' ? BATCH : 1); index += 1) {
        const item = itemOf(order.id, index);
        const wire = await servers.message(item);
        // The headers name the sender, as they would in a queue's message.
        sent.push({ route, order, item, wire, message: { Body: JSON.stringify(wire.headers) } });
      }
    }
  }
}
