import { DATADOG_ATTRIBUTE, formatDatadogAttribute } from '../carriers/datadog-attribute';
import { withMember } from '../carriers/json-member';
import { isBaggageAlone } from '../propagation/baggage';
import type { Fields } from '../propagation/fields';

/** The JSON of `_datadog` in a body; `undefined` for baggage alone, which is no context of Datadog's: what a forwarded body has lives on. */
export function bodyContext(fields: Fields): string | undefined {
  return isBaggageAlone(fields) ? undefined : formatDatadogAttribute(fields);
}

/** The body with the context, instead of one that it has already; `undefined` if it is no JSON object. */
export function withBodyContext(body: string, context: string): string | undefined {
  return withMember(body, DATADOG_ATTRIBUTE, context);
}
