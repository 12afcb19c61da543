import { setTimeout as sleep } from 'node:timers/promises';
import type { Span } from '../../demo/span.ts';
import { type Delivery, type Judgement, judge, Spans } from './judgement.ts';
import type { Consumer, Mode, Peer, Producer } from './peer.ts';
import type { Way } from './route.ts';
import type { Started } from './running.ts';
import type { Shipping } from './shipping.ts';

const HANDLED_MILLIS = 60_000;
const SPANS_MILLIS = 10_000;

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

interface Route {
  readonly name: string;
  readonly way: Way;
}

/** A message of an order, sent by that route. */
export interface Sent extends Omit<Delivery, 'calls'> {
  readonly route: Route;
}

/** Two peers, and what the one has sent to the other. */
export interface Pair {
  readonly from: Started<Peer & Pick<Producer, 'ways'>, { readonly service: string | undefined }>;
  readonly to: Started<Peer & Pick<Consumer, 'joinsReceiveCall'>, { readonly service: string | undefined }>;
  readonly mode: Mode;
  readonly sent: readonly Sent[];
}

/** Waits until every consumer has worked on every message, for a minute at most. */
export async function untilHandled(pairs: readonly Pair[], shipping: Shipping): Promise<void> {
  const isHandled = ({ to, sent }: Pair) => sent.every(({ item }) => shipping.calls(to.key, item).length > 0);
  for (const end = Date.now() + HANDLED_MILLIS; Date.now() < end && !pairs.every(isHandled); ) await sleep(100);
}

/** What became of the messages of each pair by each route, once no cell is unfinished, for ten seconds at most: spans arrive late. */
export async function judgedCells(
  pairs: readonly Pair[],
  routes: readonly Route[],
  shipping: Shipping,
  spans: readonly Span[],
  isUnfinished: (cell: Cell) => boolean,
): Promise<Cell[]> {
  let cells = cellsOf(pairs, routes, shipping, new Spans(spans));
  for (const end = Date.now() + SPANS_MILLIS; Date.now() < end && cells.some(isUnfinished); ) {
    await sleep(250);
    cells = cellsOf(pairs, routes, shipping, new Spans(spans));
  }
  return cells;
}

function cellsOf(pairs: readonly Pair[], routes: readonly Route[], shipping: Shipping, spans: Spans): Cell[] {
  return pairs.flatMap(({ from, to, mode, sent }) => {
    const services = { producer: from.started.service, consumer: to.started.service };
    const judged = (message: Sent) =>
      judge({ ...message, calls: shipping.calls(to.key, message.item) }, from.peer, to.peer, services, spans);
    return routes
      .filter(({ way }) => from.peer.ways.includes(way))
      .map((route) => ({
        producer: from.peer,
        consumer: to.peer,
        mode,
        route,
        judgements: sent.filter((message) => message.route === route).map(judged),
      }));
  });
}
