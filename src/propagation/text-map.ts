import { type Context, isSpanContextValid, propagation, trace } from '@opentelemetry/api';
import { B3_HEADERS, injectB3, injectB3Multi } from './b3';
import { BAGGAGE, baggageAttributes, extractBaggage, injectBaggage } from './baggage';
import { DATADOG_HEADERS, injectDatadogHeaders } from './datadog-headers';
import { decidedTraceState } from './datadog-trace-state';
import { setExtraction } from './extraction';
import type { Fields, ReadField } from './fields';
import { PATHWAY } from './pathway';
import type { ExtractBehavior, ExtractSettings, InjectSettings } from './propagation-settings';
import { resolveParent } from './resolve-parent';
import { injectTraceContext, TRACEPARENT, TRACESTATE } from './traceparent';

/**
 * The context with what the sources carry, as the configured styles read it. The same object when they carry nothing
 * valid, and when the behaviour is `ignore`. Of several sources the first that has a valid context in a format is the one
 * for that format.
 */
export function extractFields(
  context: Context,
  sources: readonly ReadField[],
  settings: ExtractSettings,
  behavior: ExtractBehavior = 'continue',
): Context {
  if (behavior === 'ignore') return context;
  const found = resolveParent(sources, settings);
  const baggage = settings.extractStyles.includes('baggage') ? extractBaggage(sources, settings) : undefined;
  if (found === undefined && baggage === undefined) return context;

  const extracted = baggage === undefined ? context : propagation.setBaggage(context, baggage);
  if (behavior === 'restart') {
    if (found === undefined) return extracted;
    const attributes = { reason: 'propagation_behavior_extract', context_headers: found.style };
    return setExtraction(trace.deleteSpan(extracted), [{ context: found.spanContext, attributes }], {});
  }
  const attributes = baggage === undefined ? {} : baggageAttributes(baggage, settings);
  if (found === undefined) return setExtraction(extracted, [], attributes);
  return setExtraction(trace.setSpanContext(extracted, found.spanContext), found.links, {
    ...attributes,
    ...found.attributes,
  });
}

/** The fields that carry the context, in the order in which they are to be written; none without a valid span context and baggage. */
export function injectFields(context: Context, settings: InjectSettings): Fields {
  const fields: Fields = {};
  const { injectStyles } = settings;
  const spanContext = trace.getSpanContext(context);
  if (spanContext && isSpanContextValid(spanContext)) {
    const traceState = decidedTraceState(spanContext);
    const { samplingPriority = 0, pathway } = traceState.datadog;
    if (injectStyles.has('tracecontext')) injectTraceContext(spanContext, traceState, fields);
    if (injectStyles.has('datadog')) {
      injectDatadogHeaders(spanContext, traceState, settings, fields);
      if (pathway !== undefined) fields[PATHWAY] = pathway;
    }
    if (injectStyles.has('b3')) injectB3(spanContext, samplingPriority, fields);
    if (injectStyles.has('b3multi')) injectB3Multi(spanContext, samplingPriority, fields);
  }
  if (injectStyles.has('baggage')) injectBaggage(context, settings, fields);
  return fields;
}

/** Every name that `injectFields` can write. */
export const FIELD_NAMES: readonly string[] = [
  TRACEPARENT,
  TRACESTATE,
  ...DATADOG_HEADERS,
  PATHWAY,
  ...B3_HEADERS,
  BAGGAGE,
];
