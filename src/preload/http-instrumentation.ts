import type { RequestOptions } from 'node:http';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { isObject } from '../carriers/is-object';

// biome-ignore lint/suspicious/noExplicitAny: `http.request` takes its arguments in many forms.
type Request = (...args: any[]) => unknown;

/**
 * contrib's instrumentation, but a request whose options say that it is not traced goes past it: contrib would parse its URL and copy its options
 * before it asks, for each call to AWS.
 */
export class OutgoingHttpInstrumentation extends HttpInstrumentation {
  constructor(isUntraced: (options: RequestOptions) => boolean) {
    super({ ignoreOutgoingRequestHook: isUntraced });
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
