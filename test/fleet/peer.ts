import type { Order } from './order.ts';
import type { QueuedMessage } from './queued-message.ts';
import type { Way } from './route.ts';

/** Whether the bridge, or one of its extractors, is where it can be. */
export type Mode = 'without' | 'with';

/** What an order's message still has of its context behind a peer. */
export type Kept = 'origin' | 'userId' | 'baggage';

/** The version of what traces a peer, from its lockfile: `dd-trace 6.21.0`. */
type Version = string;

export interface Peer {
  /** As the table says it, and `--only` looks for in it. */
  readonly name: string;
  readonly version: Version;
  /** One sentence that names what it needs and this machine lacks. */
  readonly missing: () => string | undefined;
  /** Of ours: in place of it, or beside it, where the mode is `with`. One that has none is started once for both. */
  readonly hasBridge: boolean;
  /** What it keeps of a context where the bridge is with it, if it can have it. The others do not leave it: both are asserted. */
  readonly keeps: readonly Kept[];
}

/** What a peer's process is told of the fleet. */
export interface Fleet {
  /** Where AWS is, with the addresses of the queues, of the topic and of the bus: the whole environment of a program for AWS's SDKs. */
  readonly aws: Readonly<Record<string, string>>;
  /** `http://127.0.0.1:PORT` that takes OTLP in JSON and protobuf. */
  readonly otlp: string;
  /** `http://127.0.0.1:PORT/shipments`: the service that a consumer calls with what it has received. Its headers are what the matrix judges. */
  readonly shipping: string;
}

/** A program that takes orders and sends messages. It is started once and has one order after the other. */
export interface Producer extends Peer {
  readonly ways: readonly Way[];
  start(mode: Mode, fleet: Fleet): Promise<StartedProducer>;
}

export interface StartedProducer {
  /** The service's name on its spans; its span that has sent a message is looked for among these. `undefined` where it exports none. */
  readonly service: string | undefined;
  /** Resolves when the order's messages are sent. */
  send(way: Way, order: Order): Promise<void>;
  close(): Promise<void>;
}

/** A program that receives messages, and calls `shipping` with the body of each in the context in which it works on it. */
export interface Consumer extends Peer {
  /** Where its tracer makes no more than the call that receives a message a child of the sender. */
  readonly joinsReceiveCall?: true;
  start(mode: Mode, fleet: Fleet, queues: NewQueue): Promise<StartedConsumer>;
}

/** Makes a queue for one worker. */
export type NewQueue = () => Promise<WorkersQueue>;
export interface WorkersQueue {
  readonly url: string;
  /** Puts a copy of the message there: body, attributes and trace header as they were received. */
  put(message: QueuedMessage): Promise<void>;
}

export interface StartedConsumer {
  /** The service's name on its spans. `undefined` where it exports none. */
  readonly service: string | undefined;
  /** Hands it one message: a function its event, a worker through its queue. */
  deliver(message: QueuedMessage): Promise<void>;
  close(): Promise<void>;
}
