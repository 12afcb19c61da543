// What a tracer has written, in a program's headers or anywhere in a message. It is read from the wire, and by no code of the bridge.
import type { IncomingHttpHeaders } from 'node:http';
import type { WireMessage } from '../peers/sqs-protocol.ts';
import type { Order } from './order.ts';
import type { Kept } from './peer.ts';

/** What the headers of a call say; ids as 32 and 16 lower-case hex digits. */
export interface Carried {
  readonly traceId: string | undefined;
  /** The span of the call. */
  readonly spanId: string | undefined;
  readonly priority: number | undefined;
  readonly kept: Readonly<Record<Kept, string | undefined>>;
}

const hex16 = (decimal: string) => BigInt(decimal).toString(16).padStart(16, '0');

/** Where W3C's and Datadog's headers are both there, they must not differ. */
export function carriedBy(headers: IncomingHttpHeaders): Carried {
  const text = (name: string) => headers[name]?.toString();
  const w3c = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(text('traceparent') ?? '');
  const state = members(/(?:^|,)dd=([^,]*)/.exec(text('tracestate') ?? '')?.[1], ';', ':');
  const tags = members(text('x-datadog-tags'), ',', '=');
  const low = text('x-datadog-trace-id');
  const datadog = low === undefined ? undefined : (tags.get('_dd.p.tid') ?? '0'.repeat(16)) + hex16(low);
  if (w3c && datadog && w3c[1] !== datadog) throw new Error(`two traces in one call: ${JSON.stringify(headers)}`);
  const parent = text('x-datadog-parent-id');
  const priority =
    text('x-datadog-sampling-priority') ?? state.get('s') ?? (w3c ? String(Number(w3c[3]) & 1) : undefined);
  return {
    traceId: datadog ?? w3c?.[1],
    spanId: parent === undefined ? w3c?.[2] : hex16(parent),
    priority: priority === undefined ? undefined : Number(priority),
    kept: {
      origin: text('x-datadog-origin') ?? state.get('o'),
      userId: tags.get('_dd.p.usr.id') ?? state.get('t.usr.id')?.replaceAll('~', '='),
      baggage: text('baggage'),
    },
  };
}

function members(text: string | undefined, separator: string, assignment: string): Map<string, string> {
  const pairs = (text ?? '').split(separator).map((pair) => {
    const at = pair.indexOf(assignment);
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
  return new Map(pairs);
}

/** Whether it is what the order came with. */
export function keeps(kept: Carried['kept'], order: Order, field: Kept): boolean {
  return kept[field] === order[field];
}

/** The spans, of the order's trace, that a message names as its senders, in whatever place and format. */
export function sendersIn({ Body, MessageAttributes = {} }: WireMessage, { traceId }: Order): ReadonlySet<string> {
  const found = new Set<string>();
  const look = (text: string): void => {
    for (const [, trace, span = ''] of text.matchAll(/\b00-([0-9a-f]{32})-([0-9a-f]{16})-/g))
      if (trace === traceId) found.add(span);
    const low = /x-datadog-trace-id[\\"]*:\s*[\\"]*(\d+)/.exec(text)?.[1];
    if (low === undefined || hex16(low) !== traceId.slice(16)) return;
    const parent = /x-datadog-parent-id[\\"]*:\s*[\\"]*(\d+)/.exec(text)?.[1];
    if (parent !== undefined) found.add(hex16(parent));
  };
  look(Body);
  // In the envelope of SNS bytes are base64.
  for (const [, base64 = ''] of Body.matchAll(/"Value"\s*:\s*"([A-Za-z0-9+/=]{40,})"/g)) look(decoded(base64));
  for (const { StringValue = '', BinaryValue = '' } of Object.values(MessageAttributes))
    look(StringValue + decoded(BinaryValue));
  return found;
}

const decoded = (base64: string) => Buffer.from(base64, 'base64').toString();
