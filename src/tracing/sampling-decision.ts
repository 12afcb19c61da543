import {
  type Attributes,
  type AttributeValue,
  type Context,
  context,
  type Span,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import { decidedTraceState } from '../propagation/datadog-trace-state';
import {
  type DecisionCell,
  decisionCell,
  LocalTraceState,
  unchangingTraceState,
} from '../propagation/local-trace-state';
import { DECISION_MAKER, KNUTH_RATE } from '../propagation/propagation-tags';
import type { SamplingPriority } from '../propagation/sampling-priority';

const KEEP = 'manual.keep';
const DROP = 'manual.drop';
/** Of a span's attributes also the one by which the Agent takes the decision. */
const SAMPLING_PRIORITY = 'sampling.priority';

/** The rate at which a rule kept or dropped a trace, and the part that the limit let through; on its first span here, as Datadog's tracers have them. */
export const RULE_RATE = '_dd.rule_psr';
export const LIMIT_RATE = '_dd.limit_psr';

const USER_KEEP = 2;
const USER_DROP = -1;
const PRIORITIES: readonly SamplingPriority[] = [-1, 0, 1, 2];

/**
 * Keeps or drops the local trace of the span in the context (default: the active one), recorded or not: 2 (user keep) or -1 (user drop),
 * which every service behind follows; also 1 and 0. What is sent from now on says so, with `_dd.p.dm` -4, and so does what is exported. Other traces, and
 * contexts that came from outside, stay as they are. Under a sampler of OpenTelemetry's the decision of a span that is not recorded, or
 * that no `DatadogSpanProcessor` saw, is for that span and for those that it has afterwards.
 *
 * @returns whether there is such a span.
 * @throws TypeError for a priority that is none.
 */
export function setSamplingPriority(priority: -1 | 0 | 1 | 2, of: Context = context.active()): boolean {
  if (!PRIORITIES.includes(priority)) throw new TypeError(`priority: ${priority} is none of ${PRIORITIES.join(', ')}`);
  const span = trace.getSpan(of);
  return span !== undefined && decide(span, priority);
}

type WithSpanContext = Pick<Span, 'spanContext'>;

function decide(span: WithSpanContext, priority: SamplingPriority): boolean {
  const cell = cellOf(span);
  if (cell === undefined) return false;
  cell.samplingPriority = priority;
  return true;
}

/**
 * The cell of the span's local trace. One that has none gets it in its trace state, since that, and nothing else, an SDK hands to a
 * span's children, recorded or not.
 */
function cellOf(span: WithSpanContext): DecisionCell | undefined {
  const spanContext = span.spanContext();
  const known = decisionCell(spanContext);
  if (known !== undefined) return known;
  if (spanContext.isRemote === true || !trace.isSpanContextValid(spanContext)) return undefined;
  const traceState = new LocalTraceState(unchangingTraceState(spanContext));
  return Reflect.set(spanContext, 'traceState', traceState) ? traceState.cell : undefined;
}

/** What a user's attribute decides, as dd-trace reads it; `undefined` for any other attribute, and for a value that decides nothing. */
function priorityIn(key: string, value: unknown): SamplingPriority | undefined {
  if (key === KEEP) return value === false || value === undefined ? undefined : USER_KEEP;
  if (key === DROP) return value === false || value === undefined ? undefined : USER_DROP;
  if (key !== SAMPLING_PRIORITY || (typeof value !== 'number' && typeof value !== 'string')) return undefined;
  const priority = Math.trunc(Number(value));
  if (priority === 1 || priority === 2) return USER_KEEP;
  return priority === 0 || priority === -1 ? USER_DROP : undefined;
}

/** What a user's attributes decide, `manual.keep` before `manual.drop` before `sampling.priority`. */
export function priorityByHand(attributes: Attributes): SamplingPriority | undefined {
  return (
    priorityIn(KEEP, attributes[KEEP]) ??
    priorityIn(DROP, attributes[DROP]) ??
    priorityIn(SAMPLING_PRIORITY, attributes[SAMPLING_PRIORITY])
  );
}

interface DecidingSpan extends WithSpanContext {
  readonly attributes: Attributes;
  setAttribute(key: string, value: AttributeValue): unknown;
}

/**
 * Lets the attributes of a span decide, those that it has and those that it gets: by its own `setAttribute`, through which `setAttributes`
 * goes too, since an inject in any span of the trace is to know, and cannot look at them all.
 */
export function letAttributesDecide(span: DecidingSpan): void {
  cellOf(span);
  const priority = priorityByHand(span.attributes);
  if (priority !== undefined) decide(span, priority);
  const { setAttribute } = span;
  span.setAttribute = function (this: DecidingSpan, key, value) {
    const decided = priorityIn(key, value);
    if (decided !== undefined) decide(this, decided);
    return setAttribute.call(this, key, value);
  };
}

/** Writes the decision into the attributes of a span that has ended; one by hand with who decided, since that came after the first span's start. */
export function setDecision(attributes: Attributes, spanContext: SpanContext): void {
  const { samplingPriority, tags } = decidedTraceState(spanContext).datadog;
  attributes[SAMPLING_PRIORITY] = samplingPriority ?? 0;
  if (decisionCell(spanContext)?.samplingPriority === undefined) return;
  delete attributes[RULE_RATE];
  delete attributes[LIMIT_RATE];
  for (const tag of [DECISION_MAKER, KNUTH_RATE]) {
    const value = tags.get(tag);
    if (value === undefined) delete attributes[tag];
    else attributes[tag] = value;
  }
}
