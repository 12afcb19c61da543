import type { Context } from '@opentelemetry/api';

/** One more is laid down, with all below, in a context of the base's own kind: a look for a value must not become a long way. */
const MAX_LAYERS = 8;

interface Layer {
  readonly key: symbol;
  readonly value: unknown;
  readonly below: Layer | undefined;
  readonly count: number;
}

/**
 * A context whose values lie over another context's. The API's own copies all values for each one that is set, with functions of
 * its own for each copy, and a message has up to three to set. https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/context/context.ts
 */
export class LayeredContext implements Context {
  readonly #base: Context;
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
    const below = this.#top?.key === key ? this.#top.below : this.#top;
    const count = 1 + (below?.count ?? 0);
    if (count > MAX_LAYERS) return this.#laidDown().setValue(key, value);
    return new LayeredContext(this.#base, { key, value, below, count });
  }

  deleteValue(key: symbol): Context {
    return this.#laidDown().deleteValue(key);
  }

  #laidDown(): Context {
    const layers: Layer[] = [];
    for (let layer = this.#top; layer !== undefined; layer = layer.below) layers.unshift(layer);
    return layers.reduce((context, { key, value }) => context.setValue(key, value), this.#base);
  }
}
