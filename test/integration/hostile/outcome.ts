/** Of an AWS SDK input. */
export type MessageAttributes = Record<string, { DataType: string; StringValue: string }>;

/** What a run came to; it is right when `failures` is empty. */
export interface Outcome {
  contexts: number;
  /** Of these, the ones in which a trace was found. */
  withTrace: number;
  sentByHttp: number;
  sentByFetch: number;
  sentToSqs: number;
  sentToKafka: number;
  /** Of these, the ones that a consumer read with the same headers and the same trace. */
  readFromKafka: number;
  /** What threw, what nobody caught, what was refused: how often, by message. */
  readonly failures: Map<string, number>;
}

export function newOutcome(): Outcome {
  return {
    contexts: 0,
    withTrace: 0,
    sentByHttp: 0,
    sentByFetch: 0,
    sentToSqs: 0,
    sentToKafka: 0,
    readFromKafka: 0,
    failures: new Map(),
  };
}

export function fail({ failures }: Outcome, error: unknown): void {
  const message = String(error);
  failures.set(message, (failures.get(message) ?? 0) + 1);
}
