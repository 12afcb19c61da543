import { type Context, propagation, trace } from '@opentelemetry/api';
import { B3_HEADERS } from './b3';
import { BAGGAGE, baggageAttributes, extractBaggage } from './baggage';
import { DATADOG_HEADERS } from './datadog-headers';
import { setExtraction } from './extraction';
import type { ReadField } from './fields';
import { layered } from './layered-context';
import { PATHWAY } from './pathway';
import type { ExtractBehavior, ExtractSettings } from './propagation-settings';
import { spanContextOf } from './remote-parent';
import { resolveParent } from './resolve-parent';
import { TRACEPARENT, TRACESTATE } from './traceparent';

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

  const bare = layered(context);
  const extracted = baggage === undefined ? bare : propagation.setBaggage(bare, baggage);
  if (behavior === 'restart') {
    if (found === undefined) return extracted;
    const attributes = { reason: 'propagation_behavior_extract', context_headers: found.style };
    return setExtraction(trace.deleteSpan(extracted), [{ context: spanContextOf(found.parent), attributes }]);
  }
  const attributes = baggage === undefined ? undefined : baggageAttributes(baggage, settings);
  if (found === undefined) return setExtraction(extracted, [], attributes);
  const withParent = trace.setSpanContext(extracted, spanContextOf(found.parent));
  const all = found.attributes === undefined ? attributes : { ...attributes, ...found.attributes };
  return setExtraction(withParent, found.links, all);
}

/** Every name that `outgoingFields` can give. */
export const FIELD_NAMES: readonly string[] = [
  TRACEPARENT,
  TRACESTATE,
  ...DATADOG_HEADERS,
  PATHWAY,
  ...B3_HEADERS,
  BAGGAGE,
];
