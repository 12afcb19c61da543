import type { Excuse } from '../excused.ts';
import type { Fleet, Mode, Peer, StartedProducer } from '../peer.ts';
import type { Way } from '../route.ts';

/** A message, or a request: what was on the wire. */
export interface DirectMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a peer's process is told of the fleet; `env` says where its messages go to or come from. */
export interface DirectFleet extends Pick<Fleet, 'otlp' | 'shipping'> {
  readonly env: Readonly<Record<string, string>>;
}

/** As a producer of the fleet's. */
export interface DirectProducer extends Peer {
  readonly ways: readonly Way[];
  start(mode: Mode, fleet: DirectFleet): Promise<StartedProducer>;
}

export interface StartedDirectConsumer {
  readonly service: string;
  /** Where it does not fetch its messages itself. */
  deliver?(message: DirectMessage): Promise<void>;
  close(): Promise<void>;
}

/** As a consumer of the fleet's. */
export interface DirectConsumer extends Peer {
  start(mode: Mode, fleet: DirectFleet): Promise<StartedDirectConsumer>;
}

export interface DirectRoute {
  readonly name: string;
  readonly way: Way;
}

/** A way between services that the fleet listens in on. */
export interface Transport {
  readonly name: string;
  readonly routes: readonly DirectRoute[];
  readonly producers: readonly DirectProducer[];
  readonly consumers: readonly DirectConsumer[];
  readonly excused: readonly Excuse[];
  start(): Promise<StartedTransport>;
}

export interface StartedTransport {
  readonly producerEnv: Readonly<Record<string, string>>;
  consumerEnv(key: string): Readonly<Record<string, string>>;
  /** The message of that item, as a producer has sent it. */
  message(item: string): Promise<DirectMessage>;
  close(): Promise<void>;
}
