import type { DatadogPropagatorOptions, PropagationStyle } from '../../src/index.ts';

export interface Configuration {
  readonly options: DatadogPropagatorOptions;
  /** Where Datadog's headers are not asked first, or alone, not everything that goes out is read again. */
  readonly cutsDown?: boolean;
  /**
   * Whether Datadog's headers are read first: to them the upper half of a trace id is a tag, and goes where the tags go. Without it W3C's headers beside
   * them name another trace, as to every Datadog tracer.
   */
  readonly upperHalfInTags?: boolean;
}

/** At most 16, in an order that the corpus depends on: append only. */
export const CONFIGURATIONS: readonly Configuration[] = [
  { options: {}, upperHalfInTags: true },
  { options: { ...bothWays(['tracecontext', 'datadog', 'baggage']), baggageTagKeys: ['*'] }, cutsDown: true },
  { options: bothWays(['b3', 'b3multi', 'datadog', 'tracecontext', 'baggage']), cutsDown: true },
  { options: bothWays(['b3multi', 'tracecontext', 'datadog', 'b3']), cutsDown: true },
  { options: { extractFirst: true }, cutsDown: true, upperHalfInTags: true },
  { options: { extractBehavior: 'restart' }, upperHalfInTags: true },
  { options: { extractBehavior: 'ignore' } },
  {
    options: { tagsMaxLength: 0, baggageMaxItems: 2, baggageMaxBytes: 64, baggageTagKeys: [] },
    cutsDown: true,
    upperHalfInTags: true,
  },
  { options: bothWays(['b3']) },
  { options: bothWays(['none']) },
];

function bothWays(styles: PropagationStyle[]): DatadogPropagatorOptions {
  return { injectStyles: styles, extractStyles: styles };
}
