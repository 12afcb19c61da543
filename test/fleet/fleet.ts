import { setTimeout as sleep } from 'node:timers/promises';
import { Receiver } from '../../demo/receiver.ts';
import type { Span } from '../../demo/span.ts';
import { CONSUMERS } from './consumers/consumers.ts';
import { type Delivery, type Judgement, judge, Spans } from './judgement.ts';
import { itemOf, newOrder, PRIORITIES } from './order.ts';
import type { Consumer, Mode, Peer, Producer, StartedConsumer, StartedProducer } from './peer.ts';
import { PRODUCERS } from './producers/producers.ts';
import type { QueuedMessage } from './queued-message.ts';
import { BATCH, SQS_ROUTES, type SqsRoute } from './route.ts';
import { type Servers, startServers } from './servers.ts';
import { Shipping } from './shipping.ts';

const HANDLED_MILLIS = 60_000;
const SPANS_MILLIS = 10_000;
const AT_ONCE = 3;

export interface Cell {
  readonly producer: Peer;
  readonly consumer: Peer;
  readonly mode: Mode;
  readonly route: { readonly name: string };
  readonly judgements: readonly Judgement[];
}

export interface FleetRun {
  readonly producers: readonly Peer[];
  readonly consumers: readonly Peer[];
  readonly cells: readonly Cell[];
  /** One sentence for each peer that could not be started here. */
  readonly skipped: readonly string[];
  /** What went wrong with a peer that is here. */
  readonly failures: readonly string[];
}

export interface Started<P, S> {
  readonly peer: P;
  /** In which it is as it is started. */
  readonly modes: readonly [Mode, ...Mode[]];
  readonly started: S;
  /** For paths and names. */
  readonly key: string;
}

interface Sent extends Omit<Delivery, 'calls' | 'message'> {
  readonly message: QueuedMessage;
  readonly route: SqsRoute;
}

const MODES = ['without', 'with'] as const;

/** Starts what is in a pair whose names have each part of `only` in them, lets each order through all of them, and judges what became of it. */
export async function runFleet(only: readonly string[], say: (line: string) => void): Promise<FleetRun> {
  const skipped = [...PRODUCERS, ...CONSUMERS].flatMap(({ name, missing }) => {
    const sentence = missing();
    return sentence === undefined ? [] : [`${name}: ${sentence}`];
  });
  const here = <P extends Producer | Consumer>(peers: readonly P[]) =>
    peers.filter(({ missing }) => missing() === undefined);
  const isWanted = (producer: Producer, consumer: Consumer) =>
    only.every((part) => `${producer.name}\n${consumer.name}`.toLowerCase().includes(part.toLowerCase()));
  const [allProducers, allConsumers] = [here(PRODUCERS), here(CONSUMERS)];
  const producers = allProducers.filter((producer) => allConsumers.some((consumer) => isWanted(producer, consumer)));
  const consumers = allConsumers.filter((consumer) => producers.some((producer) => isWanted(producer, consumer)));

  if (consumers.length === 0) return { producers, consumers, cells: [], skipped, failures: [] };
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
    const [servers, receiver, shipping] = await Promise.all([startServers(), Receiver.start(), Shipping.start()]);
    closing.push(
      servers.close,
      () => receiver.close(),
      () => shipping.close(),
    );
    const spans = receiver.begin();
    const fleet = (key: string) => ({ aws: servers.env, otlp: receiver.endpoint, shipping: shipping.url(key) });

    const startedProducers: Started<Producer, StartedProducer>[] = [];
    const startedConsumers: Started<Consumer, StartedConsumer>[] = [];
    await atOnce(AT_ONCE, [
      ...variants(producers, 'p').map(
        (variant, index) => () =>
          unlessItFails(variant.peer.name, async () => {
            const started = closed(await variant.peer.start(variant.modes[0], fleet(variant.key)));
            startedProducers[index] = { ...variant, started };
          }),
      ),
      ...variants(consumers, 'c').map(
        (variant, index) => () =>
          unlessItFails(variant.peer.name, async () => {
            const started = closed(await variant.peer.start(variant.modes[0], fleet(variant.key), servers.newQueue));
            startedConsumers[index] = { ...variant, started };
          }),
      ),
    ]);
    say('all are up');

    const pairs: {
      from: Started<Producer, StartedProducer>;
      to: Started<Consumer, StartedConsumer>;
      mode: Mode;
      sent: Sent[];
    }[] = [];
    // Those that failed are missing in between.
    const [senders, receivers] = [Object.values(startedProducers), Object.values(startedConsumers)];
    const chains = new Map(receivers.map((to) => [to, Promise.resolve()]));
    for (const from of senders) {
      const sent: Sent[] = [];
      await unlessItFails(from.peer.name, () => sendAll(from, servers, sent));
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
            for (const { message } of sent) await unlessItFails(to.peer.name, () => to.started.deliver(message));
          }),
        );
      }
      say(`${from.peer.name}: ${sent.length} messages`);
    }
    await Promise.all(chains.values());
    say('all are delivered');

    const deadline = Date.now() + HANDLED_MILLIS;
    const isHandled = ({ to, sent }: (typeof pairs)[number]) =>
      sent.every(({ item }) => shipping.calls(to.key, item).length > 0);
    while (Date.now() < deadline && !pairs.every(isHandled)) await sleep(100);
    say('all are handled');

    let judged = judgeAll(spans);
    for (const end = Date.now() + SPANS_MILLIS; Date.now() < end && judged.some(hasFault); judged = judgeAll(spans))
      await sleep(250);
    return { producers, consumers, cells: judged, skipped, failures };

    function judgeAll(arrived: readonly Span[]): Cell[] {
      const known = new Spans(arrived);
      return pairs.flatMap(({ from, to, mode, sent }) =>
        SQS_ROUTES.filter(({ way }) => from.peer.ways.includes(way)).map((route) => ({
          producer: from.peer,
          consumer: to.peer,
          mode,
          route,
          judgements: sent
            .filter((message) => message.route === route)
            .map((message) =>
              judge(
                { ...message, calls: shipping.calls(to.key, message.item) },
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

const hasFault = ({ judgements }: Cell) => judgements.some(({ faults }) => faults.length > 0);

export function variants<P extends Peer>(peers: readonly P[], kind: string): Omit<Started<P, never>, 'started'>[] {
  return peers.flatMap((peer, index): Omit<Started<P, never>, 'started'>[] =>
    peer.hasBridge
      ? MODES.map((mode) => ({ peer, modes: [mode], key: `${kind}${index}-${mode}` }))
      : [{ peer, modes: MODES, key: `${kind}${index}` }],
  );
}

/** Each order of each route, and the messages that it became. On SQS itself there is one for each priority. */
async function sendAll(
  { peer, started }: Started<Producer, StartedProducer>,
  servers: Servers,
  sent: Sent[],
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

export async function atOnce(count: number, tasks: (() => Promise<void>)[]): Promise<void> {
  const waiting = [...tasks];
  const next = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await task();
  };
  await Promise.all(Array.from({ length: count }, next));
}
