import type { Peer } from './peer.ts';

export interface Selection<P extends Peer, C extends Peer> {
  readonly producers: readonly P[];
  readonly consumers: readonly C[];
  /** One sentence for each peer that cannot be started here. */
  readonly skipped: readonly string[];
  isWanted(producer: Peer, consumer: Peer): boolean;
}

/** Of what can be started here, that which is in a pair whose names have each part of `only` in them. */
export function selection<P extends Peer, C extends Peer>(
  allProducers: readonly P[],
  allConsumers: readonly C[],
  only: readonly string[],
): Selection<P, C> {
  const missing = new Map([...allProducers, ...allConsumers].map((peer) => [peer as Peer, peer.missing()]));
  // What is a producer and a consumer is skipped once.
  const skipped = new Set([...missing].flatMap(([{ name }, sentence]) => (sentence ? [`${name}: ${sentence}`] : [])));
  const isHere = (peer: Peer) => missing.get(peer) === undefined;
  const isWanted = (producer: Peer, consumer: Peer) =>
    only.every((part) => `${producer.name}\n${consumer.name}`.toLowerCase().includes(part.toLowerCase()));
  const here = { producers: allProducers.filter(isHere), consumers: allConsumers.filter(isHere) };
  const producers = here.producers.filter((producer) =>
    here.consumers.some((consumer) => isWanted(producer, consumer)),
  );
  const consumers = here.consumers.filter((consumer) => producers.some((producer) => isWanted(producer, consumer)));
  return { producers, consumers, skipped: [...skipped], isWanted };
}
