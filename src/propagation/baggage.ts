import { type Attributes, type Context, propagation } from '@opentelemetry/api';
import { type BaggageLimits, formatEntries } from './baggage-header';
import { ExtractedBaggage } from './extracted-baggage';
import { type Fields, firstFound, type ReadField } from './fields';
import type { ExtractSettings } from './propagation-settings';
import { recorded } from './recorded-text';

export const BAGGAGE = 'baggage';

const EVERY_KEY = '*';
const ATTRIBUTE_PREFIX = 'baggage.';

/** Whether the fields are of baggage and of no trace, or none at all: that is no context of Datadog's. */
export function isBaggageAlone(fields: Fields): boolean {
  return Object.keys(fields).every((name) => name === BAGGAGE);
}

/**
 * Reads `baggage` from the first source that has a valid one; one malformed pair discards the header whole, as in every
 * Datadog tracer.
 */
export function extractBaggage(sources: readonly ReadField[], limits: BaggageLimits): ExtractedBaggage | undefined {
  return firstFound(sources, (read) => ExtractedBaggage.read(read(BAGGAGE), limits));
}

/** The attributes `baggage.<key>` that the configured keys make of baggage. */
export function baggageAttributes(
  baggage: ExtractedBaggage,
  { baggageTagKeys }: Pick<ExtractSettings, 'baggageTagKeys'>,
): Attributes {
  const attributes: Attributes = {};
  const every = baggageTagKeys.has(EVERY_KEY);
  if (!every && !mayHaveOneOf(baggage, baggageTagKeys)) return attributes;
  for (const [key, { value }] of baggage.entries) {
    if (every || baggageTagKeys.has(key)) attributes[recorded(ATTRIBUTE_PREFIX + key)] = recorded(value);
  }
  return attributes;
}

function mayHaveOneOf(baggage: ExtractedBaggage, keys: ReadonlySet<string>): boolean {
  for (const key of keys) if (baggage.mayHave(key)) return true;
  return false;
}

/** The context's baggage as a header, whole items only, up to the first that does not fit; `''` for none. */
export function formatBaggage(context: Context, limits: BaggageLimits): string {
  const baggage = propagation.getBaggage(context);
  if (baggage === undefined) return '';
  return baggage instanceof ExtractedBaggage
    ? baggage.toHeader(limits)
    : formatEntries(baggage.getAllEntries(), limits);
}
