import type { RequestOptions } from 'node:http';
import type { Span } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { isObject } from '../carriers/is-object';

// biome-ignore lint/suspicious/noExplicitAny: `http.request` takes its arguments in many forms.
type Request = (...args: any[]) => unknown;

/** How contrib's instrumentation starts each of its spans. */
interface SpanStart {
  _startHttpSpan(name: string, options: { attributes?: Record<string, unknown> }, ...others: unknown[]): Span;
}

/**
 * contrib's instrumentation, but a request whose options say that it is not traced goes past it: contrib would parse its URL and copy its options
 * before it asks, for each call to AWS. `onSpan` gets each span before its context is written, with the host of its request.
 */
export class OutgoingHttpInstrumentation extends HttpInstrumentation {
  constructor(isUntraced: (options: RequestOptions) => boolean, onSpan?: (span: Span, host: string) => void) {
    super({ ignoreOutgoingRequestHook: isUntraced });
    if (onSpan !== undefined) {
      const spans = this as unknown as SpanStart;
      const start = spans._startHttpSpan;
      spans._startHttpSpan = function (name, options, ...others) {
        const span = start.call(this, name, options, ...others);
        const host = options.attributes?.['server.address'];
        if (typeof host === 'string') onSpan(span, host);
        return span;
      };
    }
    const wrap = this._wrap;
    this._wrap = (nodule, name, wrapper) => {
      if (name !== 'request') return wrap(nodule, name, wrapper);
      return wrap(nodule, name, (original, ...others) => {
        const untraced = original as Request;
        const traced = wrapper(original, ...others) as Request;
        const request: Request = function (this: unknown, ...args) {
          const [options] = args;
          return (isObject(options) && isUntraced(options) ? untraced : traced).apply(this, args);
        };
        return request as typeof original;
      });
    };
  }
}
