import type { Headers, Trace } from './wire.ts';

/** `MessageAttributes` of an SQS message. */
export type Attributes = Record<string, { DataType: string; StringValue: string }>;

export interface Ids {
  readonly traceId: string;
  readonly spanId: string;
}

/**
 * One of the implementations that are compared. `Context` is what a span is sent on with, `Read` what comes of a message; what is
 * measured is `write`, `read` and `child`.
 */
export interface Side<Context = unknown, Read = unknown> {
  readonly name: string;
  /** Contexts of new spans in the traces that came in with these headers, that many in each. */
  continueTraces(inbound: readonly Headers[], spans: number): Context[];
  /** Contexts of new root spans, sampled. */
  startTraces(count: number): Context[];
  /** Makes the baggage current, where an implementation keeps it beside its contexts. */
  enter(baggage: Trace['baggage']): void;
  write(context: Context): Attributes;
  read(attributes: Attributes): Read;
  /** The context of a new span whose parent was read. */
  child(read: Read): Context;
  /** A number for which what was read must have been read. */
  consume(read: Read): number;
  /** The same for what the trace's state says, which some look at only when they are asked. */
  consumeState(read: Read): number;
  idsOf(context: Context): Ids;
  idsRead(read: Read): Ids | undefined;
}

/** A number for which every value must have been made, and be in one piece: a concatenated string is not until somebody looks. */
export function consumeWritten(attributes: Attributes): number {
  let sum = 0;
  for (const name in attributes) {
    const value = attributes[name]?.StringValue ?? '';
    sum += value.charCodeAt(value.length >> 1);
  }
  return sum;
}
