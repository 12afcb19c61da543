import {
  type Context,
  diag,
  isSpanContextValid,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import type { Destinations } from '../configuration/destinations';
import { BAGGAGE } from '../propagation/baggage';
import { DATADOG_KEY } from '../propagation/datadog-trace-state';
import { FIELD_NAMES } from '../propagation/text-map';
import { joinedMembers, parseMembers } from '../propagation/trace-state-members';
import { TRACESTATE } from '../propagation/traceparent';
import { DATADOG_ATTRIBUTE } from './datadog-attribute';
import { contextForHost } from './destination';

const SHARED: ReadonlySet<string> = new Set([...FIELD_NAMES, DATADOG_ATTRIBUTE]);

/**
 * An application's own propagator with ours beside it. Every field is written once, since some setters add (HTTP headers):
 * the application's propagator has what it writes, and `tracestate` gets Datadog's member. On extract its propagator wins where it finds
 * a context; of the same one ours adds what Datadog knows of the trace.
 */
export class JoinedPropagator implements TextMapPropagator {
  readonly #theirs: TextMapPropagator;
  readonly #ours: TextMapPropagator;
  readonly #destinations: Destinations | undefined;

  /** `destinations`: to whom either of them writes over HTTP; `undefined`: to everybody. */
  constructor(theirs: TextMapPropagator, ours: TextMapPropagator, destinations?: Destinations) {
    this.#theirs = theirs;
    this.#ours = ours;
    this.#destinations = destinations;
  }

  inject(active: Context, carrier: unknown, setter: TextMapSetter): void {
    try {
      const context = this.#destinations === undefined ? active : contextForHost(this.#destinations, active, setter);
      if (context === undefined) return;
      const shared = this.#injectTheirs(context, carrier, setter);
      this.#ours.inject(context, carrier, {
        set(target, name, value) {
          const theirs = shared.get(name);
          shared.delete(name);
          // On a message baggage is in there, and a slot saved.
          if (name === DATADOG_ATTRIBUTE) shared.delete(BAGGAGE);
          setter.set(target, name, theirs === undefined ? value : together(name, theirs, value));
        },
      });
      for (const [name, value] of shared) setter.set(carrier, name, value);
    } catch (error) {
      diag.debug('otel-datadog-bridge: the carrier takes no context', error);
    }
  }

  extract<Carrier>(context: Context, carrier: Carrier, getter: TextMapGetter<Carrier>): Context {
    const theirs = this.#theirs.extract(context, carrier, getter);
    const found = trace.getSpanContext(theirs);
    if (found === undefined || found === trace.getSpanContext(context) || !isSpanContextValid(found)) {
      return this.#ours.extract(theirs, carrier, getter);
    }
    const ours = trace.getSpanContext(this.#ours.extract(context, carrier, getter));
    if (ours?.traceState === undefined || ours.traceId !== found.traceId) return theirs;
    return trace.setSpanContext(theirs, { ...found, traceState: ours.traceState });
  }

  /** No more than theirs where theirs have baggage, which ours has in `_datadog`: contrib's AWS instrumentation writes only where it finds that many free slots. */
  fields(): string[] {
    const theirs = this.#theirs.fields().filter((name) => name !== BAGGAGE);
    return [...new Set([...this.#ours.fields(), ...theirs])];
  }

  /** Writes what is theirs alone, and gives back what ours may write too. */
  #injectTheirs(context: Context, carrier: unknown, setter: TextMapSetter): Map<string, string> {
    const shared = new Map<string, string>();
    try {
      this.#theirs.inject(context, carrier, {
        set(target, name, value) {
          if (target === carrier && SHARED.has(name)) shared.set(name, value);
          else setter.set(target, name, value);
        },
      });
    } catch (error) {
      diag.debug('otel-datadog-bridge: the propagator of the application failed', error);
    }
    return shared;
  }
}

/** One value from what both would write. */
function together(name: string, theirs: string, ours: string): string {
  if (name !== TRACESTATE) return theirs;
  const known = new Set(parseMembers(ours, DATADOG_KEY).foreign.map(([key]) => key));
  const others = parseMembers(theirs, DATADOG_KEY).foreign.filter(([key]) => !known.has(key));
  return ours + joinedMembers(others);
}
