import type { TextMapPropagator } from '@opentelemetry/api';

/** Where every copy of `@opentelemetry/api` 1.x keeps what is registered. https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/global-utils.ts */
const KEY = Symbol.for('opentelemetry.js.api.1');

interface ApiGlobal {
  /** Of the copy that registered first. */
  readonly version: string;
  readonly trace?: unknown;
  propagation?: TextMapPropagator;
}

const root = globalThis as { [KEY]?: ApiGlobal };

/** Calls the listener whenever a copy of the API is about to register something: that is when it sets its global, once more or for the first time. */
export function onRegistration(listener: (api: ApiGlobal) => void): void {
  const inherited = Object.getOwnPropertyDescriptor(root, KEY);
  let api = root[KEY];
  Object.defineProperty(root, KEY, {
    configurable: true,
    enumerable: true,
    get: () => api,
    set(value: ApiGlobal) {
      inherited?.set?.call(root, value);
      api = value;
      listener(value);
    },
  });
  if (api !== undefined) listener(api);
}

/** Whether an SDK has registered what makes its spans. */
export function isTracingRegistered(): boolean {
  return root[KEY]?.trace !== undefined;
}

/** Puts `wrap(propagator)` in the place of every propagator that is registered, of the present one too. Registers nothing itself. */
export function wrapRegisteredPropagator(wrap: (propagator: TextMapPropagator) => TextMapPropagator): void {
  onRegistration((api) => {
    // It is gone after a `propagation.disable()`.
    if (Object.getOwnPropertyDescriptor(api, 'propagation')?.set !== undefined) return;
    let registered = api.propagation && wrap(api.propagation);
    Object.defineProperty(api, 'propagation', {
      configurable: true,
      enumerable: true,
      get: () => registered,
      set(propagator: TextMapPropagator | undefined) {
        registered = propagator && wrap(propagator);
      },
    });
  });
}
