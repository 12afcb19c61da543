import type { Link, SpanContext } from '@opentelemetry/api';
import { MAX_LINKS } from '../propagation/extraction';

/** Links to spans, each once: as many as a span may have, and the number of the others. */
export class DistinctLinks {
  readonly links: Link[] = [];
  omitted = 0;
  /** The trace by the span's id, which hardly ever is in two: one text for both would have to be made for each record of a batch. */
  readonly #traces = new Map<string, string>();
  readonly #inOtherTraces = new Set<string>();

  add(link: Link): void {
    if (!this.isNew(link.context)) return;
    if (this.links.length < MAX_LINKS) this.links.push(link);
    else this.omitted += 1;
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
