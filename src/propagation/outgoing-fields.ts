import { type Context, type Span, type SpanContext, TraceFlags, trace } from '@opentelemetry/api';
import { writeB3, writeB3Multi } from './b3';
import { BAGGAGE, formatBaggage } from './baggage';
import { writeDatadogHeaders } from './datadog-headers';
import { type DatadogTraceState, decidedTraceState } from './datadog-trace-state';
import { type FieldsFormat, FieldTemplates, type FormattedTemplate } from './field-templates';
import type { Fields } from './fields';
import { hexToId, traceIdToId, ZERO_ID } from './ids';
import type { InjectSettings } from './propagation-settings';
import { remember, templatesOfAlike } from './recent-templates';
import { RANDOM_TRACE_ID } from './sampling-priority';
import { type Fillings, fill, OPEN } from './template';
import { writeTraceContext } from './traceparent';

/** What the fields of one inject depend on beside ids and baggage: what their templates are made of. */
export interface OutgoingState {
  readonly traceState: DatadogTraceState;
  /** Whether the trace id has 128 bits. */
  readonly wide: boolean;
  /** Whether the context is only passed on, and no span of ours sends it. */
  readonly remote: boolean;
  readonly traceFlags: number;
}

/** The fields that carry a context, each made when it is asked for, in the order in which they are to be written. */
export class OutgoingFields {
  readonly #templates: FieldTemplates;
  readonly #fillings: Fillings;
  #text = '';
  #format: FieldsFormat | undefined;
  #positions: FormattedTemplate['positions'] | undefined;

  constructor(templates: FieldTemplates, fillings: Fillings) {
    this.#templates = templates;
    this.#fillings = fillings;
  }

  get names(): readonly string[] {
    return this.#templates.names;
  }

  /** The value of the field that has this index in `names`. */
  value(index: number): string {
    const position = this.#positions?.[index];
    if (position === undefined) return fill(this.#templates.field(index), this.#fillings);
    // A part of a text costs less than another text.
    return this.#text.slice(position.start, position.end);
  }

  /** The value of the field with this name, if it is one of them. */
  get(name: string): string | undefined {
    const index = this.names.indexOf(name);
    return index < 0 ? undefined : this.value(index);
  }

  /** All of them as one text. Baggage is put in as it is, so `format` must need no escapes for it. */
  formatted(format: FieldsFormat): string {
    if (this.#text !== '' && format === this.#format) return this.#text;
    const { template, positions } = this.#templates.formatted(format);
    this.#text = fill(template, this.#fillings);
    this.#format = format;
    this.#positions = positions;
    return this.#text;
  }

  toRecord(): Fields {
    const fields: Fields = {};
    for (let index = 0; index < this.names.length; index += 1) fields[this.names[index] as string] = this.value(index);
    return fields;
  }
}

/** The digit. */
const ZERO = 48;

const WIDE = 1;
const REMOTE = 2;
const WITH_LOWER_HALF = 4;
const WITH_BAGGAGE = 8;
/** The two flags of a trace that there are take the bits above. */
const FLAGS = 16;

/**
 * `undefined` where there is neither a valid span context nor baggage, or no style that writes them.
 *
 * @param span the context's
 */
export function outgoingFields(
  context: Context,
  settings: InjectSettings,
  span: Span | undefined = trace.getSpan(context),
): OutgoingFields | undefined {
  const baggage = settings.injectStyles.has('baggage') ? formatBaggage(context, settings) : '';
  const spanContext = span?.spanContext();
  const outgoing = spanContext && fieldsOfSpan(spanContext, settings, baggage);
  if (outgoing === undefined) {
    return baggage === '' ? undefined : new OutgoingFields(new FieldTemplates(settings, 0, { [BAGGAGE]: baggage }), []);
  }
  return outgoing.names.length === 0 ? undefined : outgoing;
}

/** `undefined` where the span context is not valid. */
function fieldsOfSpan(spanContext: SpanContext, settings: InjectSettings, baggage: string): OutgoingFields | undefined {
  const { traceId, spanId } = spanContext;
  const datadogSpanId = spanId.length === ZERO_ID.length ? hexToId(spanId) : undefined;
  if (datadogSpanId === undefined) return undefined;
  const traceState = decidedTraceState(spanContext);
  const { inbound, templatesOfTrace } = traceState;
  let datadogTraceId: string | undefined;
  // The id of a trace that has sent something, or came in, is a valid one.
  if (templatesOfTrace?.traceId !== traceId) {
    if (inbound?.traceId === traceId) datadogTraceId = inbound.datadogTraceId;
    else {
      datadogTraceId = traceIdToId(traceId);
      if (datadogTraceId === undefined) return undefined;
    }
  }
  const templates = templatesFor(spanContext, traceState, settings, baggage !== '');
  return new OutgoingFields(templates, templates.fillings(spanContext, datadogTraceId, datadogSpanId, baggage));
}

function templatesFor(
  spanContext: SpanContext,
  traceState: DatadogTraceState,
  settings: InjectSettings,
  withBaggage: boolean,
): FieldTemplates {
  const { traceId } = spanContext;
  const wide = traceId.charCodeAt(0) !== ZERO || !traceId.startsWith(ZERO_ID);
  const remote = spanContext.isRemote === true;
  const random = traceState.randomTraceId ? RANDOM_TRACE_ID : 0;
  const sampled = traceState.flagByHand ?? spanContext.traceFlags & TraceFlags.SAMPLED;
  const traceFlags = sampled | (spanContext.traceFlags & RANDOM_TRACE_ID) | random;
  const hasLowerHalf = traceId.charCodeAt(traceId.length - 1) !== ZERO || !traceId.endsWith(ZERO_ID);
  const variant =
    traceFlags * FLAGS +
    (wide ? WIDE : 0) +
    (remote ? REMOTE : 0) +
    (hasLowerHalf ? WITH_LOWER_HALF : 0) +
    (withBaggage ? WITH_BAGGAGE : 0);
  const { templates: kept, templatesOfTrace } = traceState;
  if (templatesOfTrace?.traceId === traceId && templatesOfTrace.areFor(settings, variant)) return templatesOfTrace;
  if (kept?.areFor(settings, variant)) {
    // Of a state that several traces share, one of them has it.
    if (templatesOfTrace === undefined) traceState.templatesOfTrace = kept.withTrace(traceId);
    return kept;
  }
  // What a context that is only passed on says of its last Datadog span is its own.
  const alike = remote ? undefined : templatesOfAlike(traceState, settings, variant);
  if (alike !== undefined) {
    traceState.templates = alike;
    return alike;
  }

  const state: OutgoingState = { traceState, wide, remote, traceFlags };
  const { injectStyles } = settings;
  const open: Fields = {};
  if (injectStyles.has('tracecontext')) writeTraceContext(state, open);
  // A trace id whose lower half is zero is one that Datadog's headers cannot say.
  if (injectStyles.has('datadog') && hasLowerHalf) writeDatadogHeaders(state, settings, open);
  if (injectStyles.has('b3')) writeB3(state, open);
  if (injectStyles.has('b3multi')) writeB3Multi(state, open);
  if (withBaggage) open[BAGGAGE] = OPEN.baggage;
  const templates = new FieldTemplates(settings, variant, open);
  traceState.templates = templates;
  if (!remote) remember(traceState, templates);
  return templates;
}
