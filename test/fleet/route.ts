/** What a producer does with an order: the path at which it takes it. */
export type Way = 'single' | 'batch' | 'fifo' | 'topic' | 'event';

/** How many messages one order of a batch becomes. */
export const BATCH = 10;

/** How messages come from a producer to a consumer. Each is read from the last queue on it. */
type Route =
  | {
      readonly transport: 'sqs';
      readonly name: string;
      readonly way: Way;
      /** Of `Ways` in `servers.ts`: the queue in which its messages arrive. */
      readonly queue: 'orders' | 'redriven' | 'fifo' | 'enveloped' | 'raw' | 'event';
    }
  // Neither passes through a queue that the fleet could read: each producer is given its consumer's address.
  | { readonly transport: 'kafka'; readonly name: string }
  | { readonly transport: 'http'; readonly name: string };

export type SqsRoute = Extract<Route, { transport: 'sqs' }>;

export const SQS_ROUTES: readonly SqsRoute[] = [
  { transport: 'sqs', name: 'SQS', way: 'single', queue: 'orders' },
  { transport: 'sqs', name: 'SQS batch', way: 'batch', queue: 'orders' },
  { transport: 'sqs', name: 'SQS FIFO', way: 'fifo', queue: 'fifo' },
  { transport: 'sqs', name: 'DLQ redrive', way: 'single', queue: 'redriven' },
  { transport: 'sqs', name: 'SNS -> SQS', way: 'topic', queue: 'enveloped' },
  { transport: 'sqs', name: 'SNS -> SQS raw', way: 'topic', queue: 'raw' },
  { transport: 'sqs', name: 'EventBridge -> SQS', way: 'event', queue: 'event' },
];
