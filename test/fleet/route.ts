/** What a producer does with an order: the path at which it takes it. */
export type Way = 'single' | 'batch' | 'fifo' | 'topic' | 'event';

/** How many messages one order of a batch becomes. */
export const BATCH = 10;

/** How messages come from a producer to a consumer. Each is read from the last queue on it. */
export interface SqsRoute {
  readonly name: string;
  readonly way: Way;
  /** Of `Ways` in `servers.ts`: the queue in which its messages arrive. */
  readonly queue: 'orders' | 'redriven' | 'fifo' | 'enveloped' | 'raw' | 'event';
}

export const SQS_ROUTES: readonly SqsRoute[] = [
  { name: 'SQS', way: 'single', queue: 'orders' },
  { name: 'SQS batch', way: 'batch', queue: 'orders' },
  { name: 'SQS FIFO', way: 'fifo', queue: 'fifo' },
  { name: 'DLQ redrive', way: 'single', queue: 'redriven' },
  { name: 'SNS -> SQS', way: 'topic', queue: 'enveloped' },
  { name: 'SNS -> SQS raw', way: 'topic', queue: 'raw' },
  { name: 'EventBridge -> SQS', way: 'event', queue: 'event' },
];
