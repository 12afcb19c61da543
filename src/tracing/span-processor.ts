import {
  type Attributes,
  type AttributeValue,
  type Context,
  type Link,
  type SpanContext,
  type SpanKind,
  trace,
} from '@opentelemetry/api';
import { type OperationNames, type OperationNamesOptions, operationNamesFrom } from '../configuration/operation-names';
import { decidedTraceState } from '../propagation/datadog-trace-state';
import { extractionOf, OMITTED_LINKS } from '../propagation/extraction';
import { isPrintable } from '../propagation/fields';
import { ZERO_ID } from '../propagation/ids';
import { UPPER_HALF } from '../propagation/propagation-tags';
import { recorded } from '../propagation/recorded-text';
import { datadogNames } from './operation-names';
import { letAttributesDecide, setDecision } from './sampling-decision';

/** What the processor needs of a span that has ended, of either SDK line (2.x, 3.x). */
export interface EndedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  spanContext(): SpanContext;
}

/** What it needs of one that has not. */
export interface ProcessedSpan extends EndedSpan {
  setAttribute(key: string, value: AttributeValue): unknown;
  addLinks(links: Link[]): unknown;
}

export type DatadogSpanProcessorOptions = OperationNamesOptions;

const ORIGIN = '_dd.origin';
const LAST_DATADOG_PARENT = '_dd.parent_id';
const OPERATION_NAME = 'operation.name';
const RESOURCE_NAME = 'resource.name';
const SPAN_TYPE = 'span.type';

/**
 * A `SpanProcessor` that puts on every span what Datadog's Agent, Lambda extension and exporter need to
 * make one trace of it with the spans of Datadog's tracers:
 *
 * - `sampling.priority` (number): the Agent takes the trace's decision from it and does not read `tracestate`;
 * - `_dd.p.tid` (16 lower-case hex): the upper half of a 128-bit trace id, which the Agent's own ids lack;
 * - `_dd.origin`, where the trace has one;
 * - on a span without a local parent, what extraction found: the trace's `_dd.p.*` tags, `_dd.parent_id` (the last Datadog span
 *   before it), `baggage.<key>` for the configured keys, `_dd.propagation_error`, and links;
 * - with `operationNames` the names of Datadog's tracers.
 *
 * Text that came from outside is cut at 128 characters.
 *
 * It exports nothing: give the SDK a batching processor beside it.
 * https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/api/otlp.go
 */
export class DatadogSpanProcessor {
  readonly #operationNames: OperationNames | false;
  #knowsOnEnding = false;

  /** @throws TypeError for a bad option. */
  constructor(options: DatadogSpanProcessorOptions = {}) {
    this.#operationNames = operationNamesFrom(options);
  }

  onStart(span: ProcessedSpan, parentContext: Context): void {
    letAttributesDecide(span);
    const spanContext = span.spanContext();
    const upperHalf = spanContext.traceId.slice(0, 16);
    if (upperHalf !== ZERO_ID) span.setAttribute(UPPER_HALF, upperHalf);
    const { origin, parentId, tags } = decidedTraceState(spanContext).datadog;
    if (origin !== undefined && isPrintable(origin)) span.setAttribute(ORIGIN, recorded(origin));
    if (hasLocalParent(parentContext)) return;
    for (const [key, value] of tags) if (key !== UPPER_HALF) span.setAttribute(recorded(key), recorded(value));
    if (parentId !== undefined) span.setAttribute(LAST_DATADOG_PARENT, parentId);
    const { links, omitted, attributes } = extractionOf(parentContext);
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) span.setAttribute(key, value);
    if (links.length > 0) span.addLinks([...links]);
    if (omitted > 0) span.setAttribute(OMITTED_LINKS, omitted);
  }

  onEnding(span: ProcessedSpan): void {
    this.#knowsOnEnding = true;
    this.#setLastAttributes(span);
  }

  /** For SDKs older than 2.3, which know no `onEnding`. */
  onEnd(span: EndedSpan): void {
    if (!this.#knowsOnEnding) this.#setLastAttributes(span);
  }

  /** Written as they are: `setAttribute` would take the priority for the user's, and at the end of a span it is refused. */
  #setLastAttributes(span: EndedSpan): void {
    const { attributes } = span;
    const spanContext = span.spanContext();
    setDecision(attributes, spanContext);
    // A limit on attributes may have cut it, or left it out, and without it the span is seen in another trace.
    const upperHalf = spanContext.traceId.slice(0, 16);
    if (upperHalf !== ZERO_ID && attributes[UPPER_HALF] !== upperHalf) attributes[UPPER_HALF] = upperHalf;
    const names = this.#operationNames ? datadogNames(span, this.#operationNames) : undefined;
    if (names === undefined) return;
    const { operation, resource, type, destination } = names;
    if (!(OPERATION_NAME in attributes)) attributes[OPERATION_NAME] = operation;
    if (resource !== undefined && !(RESOURCE_NAME in attributes)) attributes[RESOURCE_NAME] = resource;
    if (!(SPAN_TYPE in attributes)) attributes[SPAN_TYPE] = type;
    if (destination !== undefined && !(destination[0] in attributes)) attributes[destination[0]] = destination[1];
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}

function hasLocalParent(parentContext: Context): boolean {
  const parent = trace.getSpanContext(parentContext);
  return parent !== undefined && parent.isRemote !== true && trace.isSpanContextValid(parent);
}
