import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const EVENTS = join(import.meta.dirname, '../vectors/events');

/** What a function gets from one of AWS's services. */
interface EventSource {
  /** The file's name: `sqs-fifo`. */
  readonly name: string;
  /** What Lambda's instrumentation calls the source: `pubsub`. */
  readonly trigger: string;
  /** Events that carry nothing. */
  readonly empty: readonly unknown[];
  readonly events: readonly CarryingEvent[];
}

/** An event with a message or request that a tracer has written on. */
interface CarryingEvent {
  readonly tracer: string;
  /** The capture of what it wrote. */
  readonly _source: string;
  readonly event: object;
  readonly clientContext?: object;
  readonly expected: Span & { readonly priority: number; readonly links: readonly Span[] };
}

/** Ids in lower-case hex. */
interface Span {
  readonly traceId: string;
  readonly spanId: string;
}

export interface EventVector extends CarryingEvent {
  /** `sqs-fifo 0, dd-trace-js` */
  readonly name: string;
  readonly trigger: string;
}

export interface EmptyEvent {
  readonly name: string;
  readonly trigger: string;
  readonly event: unknown;
}

export function eventSources(): EventSource[] {
  return readdirSync(EVENTS)
    .sort()
    .map((file) => ({ name: file.slice(0, -'.json'.length), ...JSON.parse(readFileSync(join(EVENTS, file), 'utf8')) }));
}

/** Every event that carries a context. */
export function eventVectors(): EventVector[] {
  return eventSources().flatMap(({ name, trigger, events }) =>
    events.map((each, index) => ({ ...each, trigger, name: `${name} ${index}, ${each.tracer}` })),
  );
}

/** Those whose context is W3C's alone. */
export function w3cEvents(): EventVector[] {
  return eventVectors().filter(({ tracer }) => tracer.startsWith('OpenTelemetry'));
}

/** Every event that carries nothing. */
export function emptyEvents(): EmptyEvent[] {
  return eventSources().flatMap(({ name, trigger, empty }) =>
    empty.map((event, index) => ({ name: `${name} ${index}, empty`, trigger, event })),
  );
}
