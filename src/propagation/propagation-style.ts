/**
 * The formats that a Datadog tracer knows, by the names that `DD_TRACE_PROPAGATION_STYLE` has for them. `b3` is B3's single
 * header, `b3multi` its many. `none` means nothing where it stands alone, and is ignored beside others.
 * https://docs.datadoghq.com/tracing/trace_collection/trace_context_propagation/
 */
export type PropagationStyle = 'datadog' | 'tracecontext' | 'baggage' | 'b3' | 'b3multi' | 'none';

/** Every name there is. */
export const PROPAGATION_STYLES: readonly PropagationStyle[] = [
  'datadog',
  'tracecontext',
  'baggage',
  'b3',
  'b3multi',
  'none',
];

/** What every Datadog tracer writes, and reads in this order, where nothing else is configured. */
export const DEFAULT_STYLES: readonly PropagationStyle[] = ['datadog', 'tracecontext', 'baggage'];

const OTHER_NAMES: ReadonlyMap<string, PropagationStyle> = new Map([['b3 single header', 'b3']]);

/** The style of that name, in any case; `undefined` for a name that is none. */
export function propagationStyle(name: string): PropagationStyle | undefined {
  const lowerCase = name.trim().toLowerCase();
  return PROPAGATION_STYLES.find((style) => style === lowerCase) ?? OTHER_NAMES.get(lowerCase);
}
