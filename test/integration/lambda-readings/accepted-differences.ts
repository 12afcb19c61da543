import type { Invocation } from './cases.ts';

/** What was made of an event; `undefined` where it is no parent. Ids are lower-case hex. */
export type Reading =
  | { readonly traceId: string; readonly spanId: string; readonly priority: number | undefined }
  | undefined;

/** A difference that is right and intended. */
export interface AcceptedDifference {
  readonly name: string;
  readonly reason: string;
  covers(invocation: Invocation, ours: Reading, theirs: Reading): boolean;
}

type Json = Record<string, unknown>;

const recordsOf = ({ event }: Invocation) => ((event as Json).Records ?? []) as Json[];
const firstOf = (invocation: Invocation) => recordsOf(invocation)[0];
const bodyOf = (invocation: Invocation) => String(firstOf(invocation)?.body ?? '');
const dataOf = (invocation: Invocation) =>
  Buffer.from(String((firstOf(invocation)?.kinesis as Json | undefined)?.data ?? ''), 'base64').toString();
const attributesOf = (invocation: Invocation) => (firstOf(invocation)?.messageAttributes ?? {}) as Json;
const text = ({ event }: Invocation) => JSON.stringify(event);
const joinedByUsAlone = (ours: Reading, theirs: Reading) => ours !== undefined && theirs === undefined;

export const ACCEPTED_DIFFERENCES: readonly AcceptedDifference[] = [
  {
    name: 'Kafka',
    reason: 'Datadog reads no event of Kafka for Lambda',
    covers: ({ event }, ours, theirs) => joinedByUsAlone(ours, theirs) && 'records' in event,
  },
  {
    name: 'W3C alone',
    reason:
      'Datadog reads traceparent only inside of _datadog; to read the messages of OpenTelemetry is what this package is for',
    covers: (invocation, ours, theirs) =>
      joinedByUsAlone(ours, theirs) &&
      text(invocation).includes('traceparent') &&
      !`${text(invocation)}${dataOf(invocation)}`.includes('_datadog'),
  },
  {
    name: "W3C alone in Kinesis' data",
    reason: 'the same, in data that opentelemetry-js-contrib#3433 would write',
    covers: (invocation, ours, theirs) => joinedByUsAlone(ours, theirs) && /^\{"traceparent"/.test(dataOf(invocation)),
  },
  {
    name: 'traceparent beside _datadog',
    reason:
      'what stands beside fills in what is missing inside; of one trace W3C then has the span, as in one header set',
    covers: (invocation, ours, theirs) =>
      ours?.traceId === theirs?.traceId &&
      '_datadog' in attributesOf(invocation) &&
      ours !== undefined &&
      JSON.stringify(attributesOf(invocation).traceparent ?? '').includes(ours.spanId),
  },
  {
    name: 'numbers',
    reason: 'hand-written producers send them; Datadog takes a priority that is one for none, and no id that is one',
    covers: (invocation, ours, theirs) =>
      /"x-datadog-[a-z-]+\\*":\d/.test(text(invocation)) &&
      (joinedByUsAlone(ours, theirs) || (ours?.spanId === theirs?.spanId && theirs?.priority === undefined)),
  },
  {
    name: 'later records',
    reason: 'Datadog looks at the first record alone; any record may have the context',
    covers: (invocation, ours, theirs) => joinedByUsAlone(ours, theirs) && recordsOf(invocation).length > 1,
  },
  {
    name: 'base64 in base64',
    reason: "producers put base64 JSON into Kinesis, and Datadog's own tracers write into that",
    covers: (invocation, ours, theirs) => joinedByUsAlone(ours, theirs) && dataOf(invocation).startsWith('ey'),
  },
  {
    name: 'EventBridge behind a topic or a stream',
    reason: "Datadog's worker reads it from a topic's envelope, its layer for Lambda does not",
    covers: (invocation, ours, theirs) =>
      joinedByUsAlone(ours, theirs) &&
      /detail-type/.test(`${text(invocation)}${dataOf(invocation)}`) &&
      (/"TopicArn/.test(text(invocation)) ||
        /"TopicArn/.test(bodyOf(invocation)) ||
        firstOf(invocation)?.kinesis !== undefined),
  },
  {
    name: 'the next bag',
    reason:
      "a bag without a valid context leaves it to the next; Datadog stops at an envelope's, and at EventBridge's body",
    covers: (invocation, ours, theirs) =>
      joinedByUsAlone(ours, theirs) && '_datadog' in attributesOf(invocation) && bodyOf(invocation).startsWith('{'),
  },
  {
    name: 'the input of an execution',
    reason: "Datadog reads it from the state machine's context object alone, which only its own tools pass on",
    covers: ({ event }, ours, theirs) => {
      const { _datadog, Payload } = event as Json;
      return joinedByUsAlone(ours, theirs) && (_datadog ?? (Payload as Json | undefined)?._datadog) !== undefined;
    },
  },
  {
    name: 'the upper half of the trace of an execution',
    reason: 'Datadog reads the hexadecimal half as a decimal number, and keeps the digits before the first letter',
    covers: (invocation, ours, theirs) =>
      text(invocation).includes('"Execution"') &&
      ours?.spanId === theirs?.spanId &&
      ours?.traceId.slice(16) === theirs?.traceId.slice(16),
  },
  {
    name: 'a header twice',
    reason: 'W3C: more than one traceparent is none; Datadog takes the first',
    covers: ({ event }, ours) =>
      ours === undefined && /"traceparent":\["[^"]*","/.test(JSON.stringify((event as Json).multiValueHeaders)),
  },
  {
    name: 'Custom',
    reason: 'AWS documents it with a capital for Node',
    covers: ({ clientContext }, ours, theirs) =>
      joinedByUsAlone(ours, theirs) && 'Custom' in ((clientContext ?? {}) as object),
  },
];
