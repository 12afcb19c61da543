import type { Cell } from './cell.ts';
import { worst } from './table.ts';

/** A peer's own limit: what it does to a pair with the bridge. */
export interface Excuse {
  readonly producer?: string;
  readonly consumer?: string;
  readonly routes?: readonly string[];
  /** The outcome, or the beginning of what is not as it should be. */
  readonly what: string;
  /** Of the peer whose limit it is; another version is looked at anew. */
  readonly version: string;
  readonly reason: string;
}

const FIRST_ENTRY = 'of a batch it writes on the first entry alone, unless its variable for batches is set';
const RECEIVE_CALL = 'it makes the receive call a child of the sender, and nothing that comes after it';
const LOW_HALF = 'it reads no upper half of a trace id from a message';
const ATTRIBUTES = "it reads a message's attributes, and no envelope or event in its body";
const IN_BODIES = ['SNS -> SQS', 'EventBridge -> SQS'];

export const EXCUSED: readonly Excuse[] = [
  {
    producer: 'dd-trace-js 5',
    routes: ['SQS batch'],
    what: 'new trace',
    version: 'dd-trace 5.132.0',
    reason: FIRST_ENTRY,
  },
  {
    producer: 'dd-trace-js 6',
    routes: ['SQS batch'],
    what: 'new trace',
    version: 'dd-trace 6.21.0',
    reason: FIRST_ENTRY,
  },
  { consumer: 'ddtrace Python worker', what: 'receive span', version: 'ddtrace 4.16.0', reason: RECEIVE_CALL },
  {
    consumer: 'ddtrace Python worker',
    what: 'not joined at priority',
    version: 'ddtrace 4.16.0',
    reason: RECEIVE_CALL,
  },
  {
    consumer: 'ddtrace Python worker',
    routes: ['EventBridge -> SQS'],
    what: 'new trace',
    version: 'ddtrace 4.16.0',
    reason: 'it reads no event of EventBridge in a body',
  },
  { consumer: 'dd-java-agent worker', what: 'joined (64)', version: 'dd-java-agent 1.68.1', reason: LOW_HALF },
  {
    consumer: 'dd-java-agent worker',
    routes: IN_BODIES,
    what: 'new trace',
    version: 'dd-java-agent 1.68.1',
    reason: ATTRIBUTES,
  },
  {
    consumer: 'opentelemetry-javaagent worker',
    routes: IN_BODIES,
    what: 'new trace',
    version: 'opentelemetry-javaagent 2.33.1',
    reason: ATTRIBUTES,
  },
  {
    consumer: 'dd-trace-js worker, our plugin',
    routes: ['SNS -> SQS'],
    what: 'new trace',
    version: 'dd-trace 6.21.0',
    reason: "of SNS's envelope it reads a _datadog of bytes alone, and nothing beside it",
  },
];

/** What is not as it should be of a cell: its outcome where that is not all of the trace, and each fault. */
export function shortcomings(cell: Cell): string[] {
  const outcome = worst(cell);
  const faults = new Set(cell.judgements.flatMap((judgement) => judgement.faults));
  return [...(outcome === 'joined (128)' ? [] : [outcome]), ...faults];
}

export function isExcuseFor(
  { producer, consumer, routes, what, version }: Excuse,
  cell: Cell,
  shortcoming: string,
): boolean {
  return (
    (producer ?? cell.producer.name) === cell.producer.name &&
    (consumer ?? cell.consumer.name) === cell.consumer.name &&
    (routes ?? [cell.route.name]).includes(cell.route.name) &&
    shortcoming.startsWith(what) &&
    [cell.producer.version, cell.consumer.version].includes(version)
  );
}
