import type { Context } from '@opentelemetry/api';

interface Layer {
  readonly key: symbol;
  readonly value: unknown;
  readonly below: Layer | undefined;
}

/**
 * A context whose values lie over another context's. The API's own copies all values for each one that is set, and a message has up to three to
 * set; and it makes each context functions that refer to it, of which Node 24 frees nothing, nor of the spans and events that they
 * hold, before it next cleans the whole heap. https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/context/context.ts
 */
class LayeredContext implements Context {
  readonly #base: Context;
  /** Each has another key. */
  readonly #top: Layer | undefined;

  constructor(base: Context, top?: Layer) {
    this.#base = base;
    this.#top = top;
  }

  getValue(key: symbol): unknown {
    for (let layer = this.#top; layer !== undefined; layer = layer.below) if (layer.key === key) return layer.value;
    return this.#base.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new LayeredContext(this.#base, { key, value, below: without(this.#top, key) });
  }

  deleteValue(key: symbol): Context {
    // What the base has is hidden.
    if (this.#base.getValue(key) !== undefined) return this.setValue(key, undefined);
    return new LayeredContext(this.#base, without(this.#top, key));
  }
}

function without(top: Layer | undefined, key: symbol): Layer | undefined {
  const above: Layer[] = [];
  for (let layer = top; layer !== undefined; layer = layer.below) {
    if (layer.key === key) return above.reduceRight((below, each) => ({ ...each, below }), layer.below);
    above.push(layer);
  }
  return top;
}

/** The same context for one that further values are to be set on. */
export function layered(context: Context): Context {
  return context instanceof LayeredContext ? context : new LayeredContext(context);
}
