import { INVALID_SPANID } from '@opentelemetry/api';
import { type DatadogHeaders, datadogState, spanIdIn } from './datadog-headers';
import type { DatadogState } from './datadog-state';
import { parseTraceState, type TraceStateContent } from './datadog-trace-state';
import { DECISION_MAKER } from './propagation-tags';
import type { RemoteParent } from './remote-parent';
import type { SamplingPriority } from './sampling-priority';
import type { StateHeaders } from './state-headers';
import { type TraceContextHeaders, TraceContextParent } from './traceparent';

/** The parent as `x-datadog-*` alone name it. */
export class DatadogParent implements RemoteParent {
  readonly traceId: string;
  readonly datadogTraceId: string | undefined;
  readonly samplingPriority: SamplingPriority | undefined;
  readonly randomTraceId = false;
  readonly #headers: DatadogHeaders;
  readonly #otherSpanId: string;

  /** `otherSpanId` is the span where the headers name none; without it they must. */
  constructor(headers: DatadogHeaders, otherSpanId: string = INVALID_SPANID) {
    this.traceId = headers.traceId;
    this.datadogTraceId = headers.datadogTraceId;
    this.samplingPriority = headers.samplingPriority;
    this.#headers = headers;
    this.#otherSpanId = otherSpanId;
  }

  get spanId(): string {
    return spanIdIn(this.#headers) ?? this.#otherSpanId;
  }

  get stateHeaders(): StateHeaders | undefined {
    const { origin, tags, malformedUpperHalf } = this.#headers;
    if (malformedUpperHalf !== undefined) return undefined;
    const { traceId, samplingPriority } = this;
    return { traceId, spanId: INVALID_SPANID, samplingPriority, origin, tags, tracestate: undefined };
  }

  readContent(): TraceStateContent {
    return { datadog: datadogState(this.#headers), foreign: [] };
  }
}

/**
 * A parent with the span, and the vendors' state, that `traceparent` and `tracestate` have of the same trace. The decision is W3C's
 * where nobody else made one.
 */
export class MergedParent implements RemoteParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly datadogTraceId: string | undefined;
  readonly samplingPriority: SamplingPriority | undefined;
  readonly randomTraceId: boolean;
  readonly #first: RemoteParent;
  readonly #decided: TraceContextParent | undefined;
  readonly #tracestate: string | undefined;
  readonly #datadog: DatadogHeaders | undefined;

  constructor(first: RemoteParent, traceContext: TraceContextHeaders, datadog: DatadogHeaders | undefined) {
    this.#first = first;
    this.#decided = first.samplingPriority === undefined ? new TraceContextParent(traceContext) : undefined;
    this.#tracestate = traceContext.tracestate;
    this.#datadog = datadog;
    this.traceId = traceContext.traceId;
    this.spanId = traceContext.spanId;
    this.datadogTraceId = first.datadogTraceId;
    this.samplingPriority = first.samplingPriority ?? this.#decided?.samplingPriority;
    this.randomTraceId = traceContext.randomTraceId;
  }

  get stateHeaders(): StateHeaders | undefined {
    const own = this.#first instanceof DatadogParent && this.#decided === undefined ? this.#datadog : undefined;
    if (own === undefined || own.malformedUpperHalf !== undefined) return undefined;
    const { traceId, spanId, samplingPriority } = this;
    return { traceId, spanId, samplingPriority, origin: own.origin, tags: own.tags, tracestate: this.#tracestate };
  }

  readContent(): TraceStateContent {
    const own = this.#first.readContent().datadog;
    const w3c = this.#decided?.readContent() ?? parseTraceState(this.#tracestate, { withTags: false });
    const { parentId = this.#lastDatadogParent(), unknown } = w3c.datadog;
    const decided = this.#decided === undefined ? own : withDecisionOf(own, w3c.datadog);
    return { datadog: { ...decided, parentId, unknown }, foreign: w3c.foreign };
  }

  /** The span in Datadog's headers of the same trace, where W3C names another one. */
  #lastDatadogParent(): string | undefined {
    if (this.#datadog?.traceId !== this.traceId) return undefined;
    const spanId = spanIdIn(this.#datadog);
    return spanId === this.spanId ? undefined : spanId;
  }
}

function withDecisionOf(state: DatadogState, { samplingPriority, tags }: DatadogState): DatadogState {
  const decisionMaker = state.tags.has(DECISION_MAKER) ? undefined : tags.get(DECISION_MAKER);
  if (decisionMaker === undefined) return { ...state, samplingPriority };
  return { ...state, samplingPriority, tags: new Map(state.tags).set(DECISION_MAKER, decisionMaker) };
}

/** A parent beside which Data Streams Monitoring's header came. */
export class ParentWithPathway implements RemoteParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly samplingPriority: SamplingPriority | undefined;
  readonly datadogTraceId: string | undefined;
  readonly randomTraceId: boolean;
  readonly stateHeaders = undefined;
  readonly #parent: RemoteParent;
  readonly #pathway: string;

  constructor(parent: RemoteParent, pathway: string) {
    this.traceId = parent.traceId;
    this.spanId = parent.spanId;
    this.datadogTraceId = parent.datadogTraceId;
    this.samplingPriority = parent.samplingPriority;
    this.randomTraceId = parent.randomTraceId;
    this.#parent = parent;
    this.#pathway = pathway;
  }

  readContent(): TraceStateContent {
    const { datadog, foreign } = this.#parent.readContent();
    return { datadog: { ...datadog, pathway: this.#pathway }, foreign };
  }
}
