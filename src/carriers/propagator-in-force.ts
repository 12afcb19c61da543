import { propagation, type TextMapPropagator } from '@opentelemetry/api';
import { DATADOG_ATTRIBUTE } from './datadog-attribute';
import { DatadogPropagator } from './datadog-propagator';

let own: TextMapPropagator | undefined;

/** The application's propagator if it is one of ours, or has one of ours in it; else one with the defaults. */
export function propagatorInForce(): Pick<TextMapPropagator, 'inject' | 'extract'> {
  if (propagation.fields().includes(DATADOG_ATTRIBUTE)) return propagation;
  own ??= new DatadogPropagator();
  return own;
}
