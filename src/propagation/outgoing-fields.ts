import { type Context, type SpanContext, TraceFlags, trace } from '@opentelemetry/api';
import { writeB3, writeB3Multi } from './b3';
import { BAGGAGE, formatBaggage } from './baggage';
import { writeDatadogHeaders } from './datadog-headers';
import { isAlikeButForIds } from './datadog-state';
import { type DatadogTraceState, decidedTraceState } from './datadog-trace-state';
import type { Fields } from './fields';
import { hexToId, isTraceId, ZERO_ID } from './ids';
import type { InjectSettings } from './propagation-settings';
import { RANDOM_TRACE_ID, type SamplingPriority } from './sampling-priority';
import { OpenStateHeaders } from './state-headers';
import { compile, type Fillings, fill, OPEN, type Position, positionOf, type Template } from './template';
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

/** How a carrier writes all the fields as one text. One function for all calls: what it gives is kept by it. */
export type FieldsFormat = (fields: Fields) => string;

interface FormattedTemplate {
  readonly format: FieldsFormat;
  readonly template: Template;
  /** Where each field's value stands in it too. */
  readonly positions: readonly (Position | undefined)[];
}

/**
 * The fields of a trace state with ids and baggage left open: all that an inject has to format. It is kept on the state, so that the
 * next inject only fills in.
 */
export class FieldTemplates {
  readonly settings: InjectSettings;
  readonly variant: number;
  readonly names: readonly string[];
  /** The trace whose ids are filled in; `undefined` where they are open too. */
  readonly traceId: string | undefined;
  readonly #open: Fields;
  readonly #templates: (Template | undefined)[] = [];
  #formatted: FormattedTemplate | undefined;

  constructor(settings: InjectSettings, variant: number, open: Fields, traceId?: string) {
    this.settings = settings;
    this.variant = variant;
    this.names = Object.keys(open);
    this.traceId = traceId;
    this.#open = open;
  }

  field(index: number): Template {
    let template = this.#templates[index];
    if (template === undefined) {
      template = compile(this.#open[this.names[index] as string] as string);
      this.#templates[index] = template;
    }
    return template;
  }

  formatted(format: FieldsFormat): FormattedTemplate {
    if (this.#formatted?.format !== format) {
      const text = format(this.#open);
      const positions = this.names.map((name) => positionOf(this.#open[name] as string, text));
      this.#formatted = { format, template: compile(text), positions };
    }
    return this.#formatted;
  }

  /** Those of one trace: fewer pieces to put together for each of its further messages. */
  withTrace(traceId: string): FieldTemplates {
    const fillings = fillingsOf(traceId, OPEN.spanId, OPEN.datadogSpanId, OPEN.baggage);
    const open: Fields = {};
    for (const [index, name] of this.names.entries()) open[name] = fill(this.field(index), fillings);
    return new FieldTemplates(this.settings, this.variant, open, traceId);
  }

  fillings({ traceId, spanId }: SpanContext, datadogSpanId: string, baggage: string): Fillings {
    if (this.traceId !== undefined) return ['', '', '', '', spanId, datadogSpanId, baggage];
    return fillingsOf(traceId, spanId, datadogSpanId, baggage);
  }
}

function fillingsOf(traceId: string, spanId: string, datadogSpanId: string, baggage: string): Fillings {
  // A lower half of zero is one that nobody asks for.
  return [traceId, traceId.slice(0, 16), traceId.slice(16), hexToId(traceId) ?? '', spanId, datadogSpanId, baggage];
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

/** `undefined` where there is neither a valid span context nor baggage, or no style that writes them. */
export function outgoingFields(context: Context, settings: InjectSettings): OutgoingFields | undefined {
  const baggage = settings.injectStyles.has('baggage') ? formatBaggage(context, settings) : '';
  const spanContext = trace.getSpanContext(context);
  const datadogSpanId = spanContext && validDatadogSpanId(spanContext);
  if (spanContext === undefined || datadogSpanId === undefined) {
    return baggage === '' ? undefined : new OutgoingFields(new FieldTemplates(settings, 0, { [BAGGAGE]: baggage }), []);
  }
  const templates = templatesFor(spanContext, settings, baggage !== '');
  if (templates.names.length === 0) return undefined;
  return new OutgoingFields(templates, templates.fillings(spanContext, datadogSpanId, baggage));
}

/** The span id in decimal, if the context is valid. A trace that has sent something has a valid id. */
function validDatadogSpanId({ traceId, spanId, traceState }: SpanContext): string | undefined {
  const { templatesOfTrace } = (traceState as Partial<DatadogTraceState> | undefined) ?? {};
  return templatesOfTrace?.traceId === traceId || (isTraceId(traceId) && spanId.length === ZERO_ID.length)
    ? hexToId(spanId)
    : undefined;
}

function templatesFor(spanContext: SpanContext, settings: InjectSettings, withBaggage: boolean): FieldTemplates {
  const traceState = decidedTraceState(spanContext);
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
  if (templatesOfTrace?.traceId === traceId && isFor(templatesOfTrace, settings, variant)) return templatesOfTrace;
  if (kept !== undefined && isFor(kept, settings, variant)) {
    // Of a state that several traces share, one of them has it.
    if (templatesOfTrace === undefined) traceState.templatesOfTrace = kept.withTrace(traceId);
    return kept;
  }
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
  if (!remote) remember({ traceState, templates, ...opened(traceState) });
  return templates;
}

/** Templates that another trace may have too. */
interface RecentTemplates {
  readonly templates: FieldTemplates;
  readonly traceState: DatadogTraceState;
  /** The trace state's headers, and its priority, if it came from outside. */
  readonly headers: OpenStateHeaders | undefined;
  readonly samplingPriority: SamplingPriority | undefined;
}

// Most traces of a service differ in nothing but their ids. What a context that is only passed on says of its last Datadog span is one of those.
const MAX_RECENT = 8;
const recent: RecentTemplates[] = [];

function templatesOfAlike(
  traceState: DatadogTraceState,
  settings: InjectSettings,
  variant: number,
): FieldTemplates | undefined {
  const headers = traceState.headers?.stateHeaders;
  if (headers !== undefined) {
    for (const entry of recent) {
      if (!isFor(entry.templates, settings, variant) || entry.samplingPriority !== traceState.headers?.samplingPriority)
        continue;
      if (entry.headers?.hold(headers)) return entry.templates;
    }
  }
  for (const { traceState: other, templates } of recent) {
    if (!isFor(templates, settings, variant) || !isAlike(traceState, other)) continue;
    // The same in other words.
    if (headers !== undefined) remember({ traceState, templates, ...opened(traceState) });
    return templates;
  }
  return undefined;
}

function opened({ headers }: DatadogTraceState): Pick<RecentTemplates, 'headers' | 'samplingPriority'> {
  const stateHeaders = headers?.stateHeaders;
  return { headers: stateHeaders && new OpenStateHeaders(stateHeaders), samplingPriority: headers?.samplingPriority };
}

function remember(entry: RecentTemplates): void {
  recent.push(entry);
  if (recent.length > MAX_RECENT) recent.shift();
}

function isFor(templates: FieldTemplates, settings: InjectSettings, variant: number): boolean {
  return templates.variant === variant && templates.settings === settings;
}

function isAlike(one: DatadogTraceState, other: DatadogTraceState): boolean {
  return one.foreign.length === 0 && other.foreign.length === 0 && isAlikeButForIds(one.datadog, other.datadog);
}
