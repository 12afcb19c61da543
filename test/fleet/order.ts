import { randomBytes } from 'node:crypto';

/** Datadog's priorities: by the user and by the sampler, to keep and to drop. */
export const PRIORITIES = [2, 1, 0, -1] as const;
export type Priority = (typeof PRIORITIES)[number];

/** The context with which an order comes from the browser, and which everything that is done with it belongs to. */
export interface Order {
  /** Each of its messages says in its body which it is: `itemOf(id, 0)` and, of a batch, on. */
  readonly id: string;
  /** 32 lower-case hex digits, of which none half is zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  readonly priority: Priority;
  readonly origin: string;
  /** `_dd.p.usr.id`, base64 as Datadog's tracers write it. */
  readonly userId: string;
  /** One member of `baggage`. */
  readonly baggage: string;
}

let orders = 0;

/** An order in a trace of its own. */
export function newOrder(priority: Priority): Order {
  orders += 1;
  return {
    id: `order-${process.pid}-${orders}`,
    // As Datadog's tracers make them: seconds, 32 zero bits, 64 random ones of which the first is zero.
    traceId: `${Math.floor(Date.now() / 1000).toString(16)}00000000${positive()}`,
    spanId: positive(),
    priority,
    origin: 'synthetics',
    userId: Buffer.from(`user ${orders}`).toString('base64'),
    baggage: `tenant=tenant-${orders}`,
  };
}

const ITEM = /order-\d+-\d+\.\d+/;

/** The message of that number of an order. */
export function itemOf(id: string, index: number): string {
  return `${id}.${index}`;
}

/** The item that a body tells of, in whatever envelope. */
export function itemIn(body: string): string | undefined {
  return ITEM.exec(body)?.[0];
}

/** The headers of the request by which an order comes: those of a Datadog tracer with its defaults. */
export function headersOf({ traceId, spanId, priority, origin, userId, baggage }: Order): Record<string, string> {
  const state = `s:${priority};o:${origin};p:${spanId};t.dm:-4;t.usr.id:${userId.replaceAll('=', '~')}`;
  return {
    'x-datadog-trace-id': BigInt(`0x${traceId.slice(16)}`).toString(),
    'x-datadog-parent-id': BigInt(`0x${spanId}`).toString(),
    'x-datadog-sampling-priority': String(priority),
    'x-datadog-origin': origin,
    'x-datadog-tags': `_dd.p.tid=${traceId.slice(0, 16)},_dd.p.dm=-4,_dd.p.usr.id=${userId}`,
    traceparent: `00-${traceId}-${spanId}-${priority > 0 ? '01' : '00'}`,
    tracestate: `dd=${state}`,
    baggage,
  };
}

function positive(): string {
  const bytes = randomBytes(8);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return bytes.toString('hex');
}
