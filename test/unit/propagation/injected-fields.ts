import type { Context } from '@opentelemetry/api';
import { outgoingFields } from '../../../src/propagation/outgoing-fields.ts';
import type { InjectSettings } from '../../../src/propagation/propagation-settings.ts';

/** The fields that carry the context, in the order in which they are written; none where there is nothing to carry. */
export function injectFields(context: Context, settings: InjectSettings): Record<string, string> {
  return outgoingFields(context, settings)?.toRecord() ?? {};
}
