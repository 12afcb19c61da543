import type { IncomingHttpHeaders } from 'node:http';
import { byTrace, type Span } from '../../demo/span.ts';
import type { WireMessage } from '../peers/sqs-protocol.ts';
import { carriedBy, keeps, sendersIn } from './carried.ts';
import type { Order } from './order.ts';
import type { Consumer, Kept, Peer } from './peer.ts';

/** What became of one message, from the best to the worst. */
export const OUTCOMES = ['joined (128)', 'joined (64)', 'link', 'receive span', 'new trace', 'nothing'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface Delivery {
  readonly order: Order;
  readonly item: string;
  readonly message: WireMessage;
  /** The headers of the calls that the consumer made for it. */
  readonly calls: readonly IncomingHttpHeaders[];
}

export interface Judgement {
  /** `undefined` where the trace was broken and is not sampled, so that there are no spans to see how. */
  readonly outcome: Outcome | undefined;
  /** What is not as it should be, though the trace is the same. */
  readonly faults: readonly string[];
}

const KEPT: readonly Kept[] = ['origin', 'userId', 'baggage'];

/** All spans that have arrived, by the services whose they are. */
export class Spans {
  readonly #byId: ReadonlyMap<string, Span>;
  readonly #byTrace: ReadonlyMap<string, readonly Span[]>;

  constructor(spans: readonly Span[]) {
    this.#byId = new Map(spans.map((span) => [span.spanId, span]));
    this.#byTrace = byTrace(spans);
  }

  get(spanId: string | undefined): Span | undefined {
    return spanId === undefined ? undefined : this.#byId.get(spanId);
  }

  ofTrace(traceId: string): readonly Span[] {
    return this.#byTrace.get(traceId) ?? [];
  }

  /** The parent of the first of the service's spans above that one, and that of the service's; `undefined` where the span is unknown. */
  entry(spanId: string | undefined, service: string): { readonly parent: string | undefined } | undefined {
    let span = this.get(spanId);
    if (span?.service !== service) return undefined;
    for (let parent = this.get(span.parentSpanId); parent?.service === service; parent = this.get(parent.parentSpanId))
      span = parent;
    return { parent: span.parentSpanId };
  }
}

interface Services {
  readonly producer: string | undefined;
  readonly consumer: string | undefined;
}

/** What the consumer made of the message. */
export function judge(
  delivery: Delivery,
  producer: Pick<Peer, 'keeps'>,
  consumer: Pick<Consumer, 'keeps' | 'joinsReceiveCall'>,
  services: Services,
  spans: Spans,
): Judgement {
  const { order, message, calls } = delivery;
  const [call] = calls;
  if (call === undefined || calls.length > 1) return { outcome: 'nothing', faults: [`${calls.length} calls`] };
  const { traceId = '', spanId, priority, kept } = carriedBy(call);
  const is128 = traceId === order.traceId;
  if (!is128 && traceId.slice(16) !== order.traceId.slice(16)) {
    if (order.priority <= 0) return { outcome: undefined, faults: [`not joined at priority ${order.priority}`] };
    const isOwn = ({ service }: Span) => service === services.consumer;
    const links = spans.ofTrace(traceId).flatMap((span) => (isOwn(span) ? span.links : []));
    if (links.some((link) => link.traceId === order.traceId)) return { outcome: 'link', faults: [] };
    const isReceived = consumer.joinsReceiveCall === true && spans.ofTrace(order.traceId).some(isOwn);
    return { outcome: isReceived ? 'receive span' : 'new trace', faults: [] };
  }
  const faults: string[] = [];
  if (priority !== order.priority) faults.push(`priority is ${priority} in place of ${order.priority}`);
  for (const field of KEPT) {
    const isKept = keeps(kept, order, field);
    const should = producer.keeps.includes(field) && consumer.keeps.includes(field);
    if (isKept !== should)
      faults.push(isKept ? `${field} is kept` : `${field} is ${kept[field]} in place of what was sent`);
  }
  if (order.priority > 0) faults.push(...parentFaults());
  return { outcome: is128 ? 'joined (128)' : 'joined (64)', faults };

  function parentFaults(): string[] {
    const senders = sendersIn(message, order);
    if (services.producer !== undefined) {
      for (const sender of senders) {
        const { service } = spans.get(sender) ?? {};
        if (service !== services.producer) return [`the message names a span of ${service ?? 'nobody'}`];
      }
    }
    if (services.consumer === undefined) return [];
    const entry = spans.entry(spanId, services.consumer);
    if (entry === undefined) return ['the span of the call has not arrived'];
    return senders.has(entry.parent ?? '') ? [] : ['its parent is not the span that the message names'];
  }
}
