import type { Link, Span, SpanContext } from '@opentelemetry/api';
import { type Extraction, MAX_LINKS, OMITTED_LINKS } from '../propagation/extraction';

/** Links to spans, each once: as many as a span may have, and the number of the others. */
export class DistinctLinks {
  readonly links: Link[] = [];
  omitted = 0;
  /** The trace by the span's id, which hardly ever is in two: one text for both would have to be made for each record of a batch. */
  readonly #traces = new Map<string, string>();
  readonly #inOtherTraces = new Set<string>();

  get isFull(): boolean {
    return this.links.length >= MAX_LINKS;
  }

  add(link: Link): void {
    if (!this.isNew(link.context)) return;
    if (this.isFull) this.omitted += 1;
    else this.links.push(link);
  }

  /** Whether the span has not been seen before; now it has. */
  isNew({ traceId, spanId }: SpanContext): boolean {
    const known = this.#traces.get(spanId);
    if (known === traceId) return false;
    if (known === undefined) {
      this.#traces.set(spanId, traceId);
      return true;
    }
    const id = traceId + spanId;
    if (this.#inOtherTraces.has(id)) return false;
    this.#inOtherTraces.add(id);
    return true;
  }
}

/** Adds the links that the span has not, as many as it can hold; how many are left out, here or when they were found, is on the span too. */
export function addMissingLinks(span: Span, { links, omitted }: Pick<Extraction, 'links' | 'omitted'>): void {
  const { links: present = [] } = span as { links?: readonly Link[] };
  const known = new DistinctLinks();
  for (const { context } of present) known.isNew(context);
  const missing = links.filter(({ context }) => known.isNew(context));
  const room = Math.max(0, MAX_LINKS - present.length);
  if (missing.length > 0 && room > 0) span.addLinks(missing.slice(0, room));
  const tooMany = omitted + Math.max(0, missing.length - room);
  if (tooMany > 0) span.setAttribute(OMITTED_LINKS, tooMany);
}
