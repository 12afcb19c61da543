/** What Lambda's runtime client loads in a function's place where the preload runs: the function, with a span for each invocation. */
type Load = (load: (url: string) => Promise<object>) => Promise<unknown>;

const loadFunction = (globalThis as unknown as Record<symbol, Load>)[Symbol.for('otel-datadog-bridge.lambda')] as Load;
export const handler = await loadFunction((url) => import(url));
