import { propagation, type TextMapPropagator } from '@opentelemetry/api';
import type { Environment } from '../configuration/environment';
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
