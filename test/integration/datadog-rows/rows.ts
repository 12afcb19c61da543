import type { IntakeLink, IntakeSpan } from '../../peers/datadog-intake/agent-payload.ts';
import { REMOTE_SPAN_ID } from './sides.ts';

/** What Datadog shows of a span, and what it builds the trace of. */
export interface Row {
  readonly name: string;
  readonly resource: string;
  readonly service: string;
  readonly type: string;
  readonly kind: string;
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** `remote` for the span that the hop continues, `hop` for the application's own span, else the key of a row. */
  readonly parent: string;
  readonly priority: number;
  readonly origin: string;
  readonly topLevel: boolean;
  readonly error: boolean;
  /** The keys of the spans that it links to, or the ids of a span that is no row. */
  readonly links: readonly string[];
  /** The tags that name the queue, topic, stream, bus or function. */
  readonly destination: Readonly<Record<string, string>>;
}

/** By `<hop>: <operation name>`; of each operation a hop has one span. */
export type Rows = Readonly<Record<string, Row>>;

/** Datadog's, then OpenTelemetry's, then what dd-trace says once more. */
const DESTINATIONS = [
  'queuename',
  'topicname',
  'streamname',
  'functionname',
  'statemachinearn',
  'messaging.destination.name',
  'aws.sns.topic.arn',
  'aws.kinesis.stream.name',
  'aws.step_functions.state_machine.arn',
  'faas.invoked_name',
  'kafka.topic',
  'aws.sqs.queue_name',
  'aws.sns.topic_arn',
  'aws.kinesis.stream_name',
];
/** Of the functions that are invoked, which are no part of `hops.cjs`. */
const INVOCATION = 'Lambda invocation';

/** The rows of the spans of every hop, but for the application's own span with the hop's name. */
export function rowsOf(spans: readonly IntakeSpan[], topic = /\borders-[\da-f-]{36}/g): Rows {
  const hops = new Map(spans.filter(isHop).map((span) => [span.traceId, span.resource]));
  const keys = new Map<string, string>();
  for (const span of spans) {
    const key = isHop(span) ? 'hop' : `${hops.get(span.traceId) ?? INVOCATION}: ${span.name}`;
    if (key !== 'hop' && [...keys.values()].includes(key)) throw new Error(`two spans of ${key}`);
    keys.set(span.spanId, key);
  }
  const rows = spans.filter((span) => !isHop(span)).map((span) => [keys.get(span.spanId), rowOf(span, keys)] as const);
  rows.sort(([one = ''], [other = '']) => (one < other ? -1 : 1));
  return JSON.parse(JSON.stringify(Object.fromEntries(rows)).replaceAll(topic, 'orders'));
}

/** Whether it is the application's own span. */
function isHop({ parentId, meta, traceId }: IntakeSpan): boolean {
  return parentId === REMOTE_SPAN_ID && (meta['span.kind'] ?? 'internal') === 'internal' && !isInvoked(traceId);
}

/** The traces of the functions' events have numbers of their own. */
function isInvoked(traceId: string): boolean {
  return BigInt(`0x${traceId.slice(16)}`) >= 2000n;
}

function rowOf(span: IntakeSpan, keys: ReadonlyMap<string, string>): Row {
  const { name, resource, service, type, meta, metrics, traceId, parentId, priority, origin, error, links } = span;
  return {
    name,
    resource,
    service,
    type,
    kind: meta['span.kind'] ?? '',
    traceId,
    parent: parentId === REMOTE_SPAN_ID ? 'remote' : (keys.get(parentId ?? '') ?? `${parentId}`),
    priority,
    origin,
    topLevel: metrics._top_level === 1,
    error,
    links: links.map((link) => nameOf(link, keys)),
    destination: Object.fromEntries(DESTINATIONS.filter((tag) => tag in meta).map((tag) => [tag, String(meta[tag])])),
  };
}

function nameOf({ traceId, spanId }: IntakeLink, keys: ReadonlyMap<string, string>): string {
  return keys.get(spanId) ?? `${traceId} ${spanId === REMOTE_SPAN_ID ? 'remote' : spanId}`;
}
