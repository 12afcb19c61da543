import { defaultTextMapGetter, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Fields } from '../propagation/fields';
import { outgoingFields } from '../propagation/outgoing-fields';
import { DEFAULT_SETTINGS } from '../propagation/propagation-settings';
import { extractFields } from '../propagation/text-map';
import { fieldSources } from './read-carrier';

/**
 * The first context in the carriers, in every format that a Datadog tracer may be told to read; `undefined` where there is none. The
 * environment has no say in it: what to make of the fields is for that tracer, which knows its own configuration.
 */
export function fieldsForDatadog(carriers: Iterable<object>): Fields | undefined {
  for (const carrier of carriers) {
    const context = extractFields(ROOT_CONTEXT, fieldSources(carrier, defaultTextMapGetter), DEFAULT_SETTINGS);
    if (trace.getSpanContext(context) !== undefined) return outgoingFields(context, DEFAULT_SETTINGS)?.toRecord();
  }
  return undefined;
}
