import { isTracingOn } from '../configuration/environment';
import { firstLineOf, warn } from '../configuration/warning';
import { withAbsolutePreload } from './node-options';

const LOADED = Symbol.for('otel-datadog-bridge.register');

/**
 * What every preload does: `start`, unless tracing is switched off. Of two copies, one named by an inherited `NODE_OPTIONS`, and of the two
 * preloads, the second does nothing. Whatever goes wrong is one warning, which begins with `failure`, and the application starts.
 */
export function preload(
  file: string,
  start: (env: NodeJS.ProcessEnv) => void,
  failure = 'tracing did not start',
): void {
  try {
    const loaded = LOADED in globalThis;
    Object.defineProperty(globalThis, LOADED, { value: true });
    const { NODE_OPTIONS } = process.env;
    if (NODE_OPTIONS !== undefined) process.env.NODE_OPTIONS = withAbsolutePreload(NODE_OPTIONS, file);
    if (!loaded && isTracingOn(process.env)) start(process.env);
  } catch (error) {
    warn(`${failure}: ${firstLineOf(error)}`);
  }
}
