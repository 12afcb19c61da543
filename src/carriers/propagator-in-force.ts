import { type Context, propagation, type TextMapPropagator, type TextMapSetter } from '@opentelemetry/api';
import type { Environment } from '../configuration/environment';
import type { Fields } from '../propagation/fields';
import { FIELD_NAMES } from '../propagation/text-map';
import { DATADOG_ATTRIBUTE } from './datadog-attribute';
import { DatadogPropagator } from './datadog-propagator';

const own = new WeakMap<Environment, TextMapPropagator>();

/** The application's propagator if it is one of ours, or has one of ours in it; else one as the environment says, made once. */
export function propagatorInForce(env: Environment = process.env): Pick<TextMapPropagator, 'inject' | 'extract'> {
  if (propagation.fields().includes(DATADOG_ATTRIBUTE)) return propagation;
  let propagator = own.get(env);
  if (propagator === undefined) {
    propagator = new DatadogPropagator({ env });
    own.set(env, propagator);
  }
  return propagator;
}

const KNOWN: ReadonlySet<string> = new Set(FIELD_NAMES);

/** Beside ours the application may have propagators whose fields have no place on a message. */
const KNOWN_FIELDS: TextMapSetter<Fields> = {
  set(fields, name, value) {
    if (KNOWN.has(name)) fields[name] = value;
  },
};

/** The fields in which the propagator in force writes the context; none where it writes none. */
export function fieldsInForce(context: Context, env?: Environment): Fields {
  const fields: Fields = {};
  propagatorInForce(env).inject(context, fields, KNOWN_FIELDS);
  return fields;
}
