import { UPPER_HALF_LENGTH, upperHalfStart } from './propagation-tags';
import type { SamplingPriority } from './sampling-priority';

/** What headers say of a trace beside its ids, as it came, and the ids that may stand in it too. */
export interface StateHeaders {
  readonly traceId: string;
  readonly spanId: string;
  readonly samplingPriority: SamplingPriority | undefined;
  /** `x-datadog-origin` and `x-datadog-tags`. */
  readonly origin: string | undefined;
  readonly tags: string;
  readonly tracestate: string | undefined;
}

/**
 * Such headers with the ids of their trace left open. Most traces of a service differ in nothing else, and to compare the texts costs a
 * small part of what it takes to read them.
 */
export class OpenStateHeaders {
  readonly #samplingPriority: SamplingPriority | undefined;
  readonly #origin: string | undefined;
  readonly #tags: OpenText;
  readonly #tracestate: OpenText | undefined;

  constructor({ traceId, spanId, samplingPriority, origin, tags, tracestate }: StateHeaders) {
    this.#samplingPriority = samplingPriority;
    this.#origin = origin;
    this.#tags = openText(tags, upperHalfStart(tags), traceId.slice(0, UPPER_HALF_LENGTH));
    this.#tracestate = tracestate === undefined ? undefined : openText(tracestate, parentIdStart(tracestate), spanId);
  }

  /** Whether the headers are the same but for these ids. */
  hold({ traceId, spanId, samplingPriority, origin, tags, tracestate }: StateHeaders): boolean {
    if (samplingPriority !== this.#samplingPriority || origin !== this.#origin) return false;
    if (!holds(this.#tags, tags, traceId.slice(0, UPPER_HALF_LENGTH))) return false;
    if (tracestate === undefined || this.#tracestate === undefined) return tracestate === this.#tracestate;
    return holds(this.#tracestate, tracestate, spanId);
  }
}

/** A text around the place where it has an id; all of it is before the place where it has none. */
interface OpenText {
  readonly length: number;
  readonly before: string;
  readonly after: string | undefined;
}

function openText(text: string, start: number, id: string): OpenText {
  const { length } = text;
  if (start < 0 || !text.startsWith(id, start)) return { length, before: text, after: undefined };
  return { length, before: text.slice(0, start), after: text.slice(start + id.length) };
}

function holds({ length, before, after }: OpenText, text: string, id: string): boolean {
  if (after === undefined) return text === before;
  return (
    text.length === length &&
    stands(before, text, 0) &&
    stands(id, text, before.length) &&
    stands(after, text, length - after.length)
  );
}

/** As `startsWith`, which takes half as long again for a part that is there. */
function stands(part: string, text: string, start: number): boolean {
  return text.indexOf(part, start) === start;
}

const PARENT_ID = /^dd=(?:[^,]*;)?p:(?=[0-9a-f]{16}(?:[;,]|$))/;

/** Where `p` stands in a `tracestate` that starts with Datadog's member; below zero for no such place. */
function parentIdStart(tracestate: string): number {
  return PARENT_ID.exec(tracestate)?.[0].length ?? -1;
}
