import { setTimeout as sleep } from 'node:timers/promises';
import { Receiver } from '../../../demo/receiver.ts';
import type { Span } from '../../../demo/span.ts';
import { atOnce, type Cell, type FleetRun, type Started, variants } from '../fleet.ts';
import { type Delivery, judge, Spans } from '../judgement.ts';
import { itemOf, newOrder, PRIORITIES } from '../order.ts';
import type { Mode, Peer, StartedProducer } from '../peer.ts';
import { BATCH } from '../route.ts';
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

const HANDLED_MILLIS = 60_000;
const SPANS_MILLIS = 10_000;
const AT_ONCE = 3;

interface Sent extends Omit<Delivery, 'calls' | 'message'> {
  readonly route: DirectRoute;
  readonly message: DirectMessage;
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
  const peers: readonly Peer[] = [...transport.producers, ...transport.consumers];
  const missing = new Map(peers.map((peer) => [peer, peer.missing()]));
  const skipped = [
    ...new Set(peers.flatMap((peer) => (missing.get(peer) ? [`${peer.name}: ${missing.get(peer)}`] : []))),
  ];
  const isHere = (peer: Peer) => missing.get(peer) === undefined;
  const isWanted = (producer: Peer, consumer: Peer) =>
    only.every((part) => `${producer.name}\n${consumer.name}`.toLowerCase().includes(part.toLowerCase()));
  const producers = transport.producers.filter(
    (producer) => isHere(producer) && transport.consumers.some((consumer) => isWanted(producer, consumer)),
  );
  const consumers = transport.consumers.filter(
    (consumer) => isHere(consumer) && producers.some((producer) => isWanted(producer, consumer)),
  );
  if (consumers.length === 0) return { transport, producers, consumers, cells: [], skipped, failures: [] };

  const failures: string[] = [];
  const unlessItFails = async (name: string, work: () => Promise<unknown>) => {
    await work().catch((error) => failures.push(`${name}: ${error.message}`));
  };
  const closing: (() => Promise<void>)[] = [];
  const closed = <T extends { close(): Promise<void> }>(started: T): T => {
    closing.push(() => started.close());
    return started;
  };
  try {
    const [servers, receiver, shipping] = await Promise.all([transport.start(), Receiver.start(), Shipping.start()]);
    for (const server of [servers, receiver, shipping]) closed(server);
    const spans = receiver.begin();
    const otlp = receiver.endpoint;
    const senders: Started<DirectProducer, StartedProducer>[] = [];
    const receivers: Started<DirectConsumer, StartedDirectConsumer>[] = [];
    await atOnce(AT_ONCE, [
      ...variants(consumers, 'c').map((variant) => async () => {
        const fleet = { otlp, shipping: shipping.url(variant.key), env: servers.consumerEnv(variant.key) };
        await unlessItFails(variant.peer.name, async () => {
          receivers.push({ ...variant, started: closed(await variant.peer.start(variant.modes[0], fleet)) });
        });
      }),
      ...variants(producers, 'p').map((variant) => async () => {
        const fleet = { otlp, shipping: shipping.url(variant.key), env: servers.producerEnv };
        await unlessItFails(variant.peer.name, async () => {
          senders.push({ ...variant, started: closed(await variant.peer.start(variant.modes[0], fleet)) });
        });
      }),
    ]);
    say(`${transport.name}: all are up`);

    const pairs: {
      from: Started<DirectProducer, StartedProducer>;
      to: Started<DirectConsumer, StartedDirectConsumer>;
      mode: Mode;
      sent: readonly Sent[];
    }[] = [];
    for (const from of senders) {
      const sent: Sent[] = [];
      await unlessItFails(from.peer.name, () => sendAll(from, transport.routes, servers, sent));
      for (const to of receivers) {
        if (!isWanted(from.peer, to.peer)) continue;
        const shared = from.modes.filter((mode) => to.modes.includes(mode));
        for (const mode of shared) pairs.push({ from, to, mode, sent });
        if (shared.length === 0) continue;
        for (const { message } of sent)
          await unlessItFails(to.peer.name, () => to.started.deliver?.(message) ?? Promise.resolve());
      }
    }
    say(`${transport.name}: all are sent`);

    const isHandled = ({ to, sent }: (typeof pairs)[number]) =>
      sent.every(({ item }) => shipping.calls(to.key, item).length > 0);
    for (const end = Date.now() + HANDLED_MILLIS; Date.now() < end && !pairs.every(isHandled); ) await sleep(100);
    let cells = judgeAll(spans);
    for (const end = Date.now() + SPANS_MILLIS; Date.now() < end && cells.some(mayBeMended); cells = judgeAll(spans))
      await sleep(250);
    say(`${transport.name}: all are judged`);
    // As they are listed, and not as they happened to start.
    const order = (cell: Cell) => peers.indexOf(cell.producer) * peers.length + peers.indexOf(cell.consumer);
    return { transport, producers, consumers, cells: cells.sort((a, b) => order(a) - order(b)), skipped, failures };

    function judgeAll(arrived: readonly Span[]): Cell[] {
      const known = new Spans(arrived);
      return pairs.flatMap(({ from, to, mode, sent }) =>
        transport.routes
          .filter(({ way }) => from.peer.ways.includes(way))
          .map((route) => ({
            producer: from.peer,
            consumer: to.peer,
            mode,
            route,
            judgements: sent
              .filter((message) => message.route === route)
              .map(({ message, ...sending }) =>
                judge(
                  // The headers name the sender, as they would in a queue's message.
                  {
                    ...sending,
                    message: { Body: JSON.stringify(message.headers) },
                    calls: shipping.calls(to.key, sending.item),
                  },
                  from.peer,
                  to.peer,
                  { producer: from.started.service, consumer: to.started.service },
                  known,
                ),
              ),
          })),
      );
    }
  } finally {
    await Promise.all(closing.map((close) => close()));
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
  sent: Sent[],
): Promise<void> {
  for (const route of routes) {
    if (!peer.ways.includes(route.way)) continue;
    for (const priority of route.way === 'single' ? PRIORITIES : PRIORITIES.slice(0, 1)) {
      const order = newOrder(priority);
      await started.send(route.way, order);
      for (let index = 0; index < (route.way === 'batch' ? BATCH : 1); index += 1) {
        const item = itemOf(order.id, index);
        sent.push({ route, order, item, message: await servers.message(item) });
      }
    }
  }
}
