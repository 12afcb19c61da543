import { context, propagation, type Span, trace } from '@opentelemetry/api';
import { FIELD_NAMES } from '../propagation/text-map';

/** What undici has of a request's headers: name, value, name, value; before its version 6 lines of text. */
export interface UndiciRequest {
  headers: unknown;
  addHeader?: (name: string, value: string) => unknown;
}

const NAMES = new Set(FIELD_NAMES);

/**
 * Takes off the context that a request already carries, one that a gateway forwards, and that is about to be written: contrib
 * only adds, and a header that comes twice is read by nobody.
 */
export function removeForwardedContext(span: Span, request: UndiciRequest): void {
  const { headers } = request;
  if (Array.isArray(headers)) {
    const forwarded = headers.some((name, index) => index % 2 === 0 && NAMES.has(lowerCase(name)));
    if (!forwarded) return;
    const replaced = fieldsToCome(span);
    removeHeaders(request, (name) => replaced.has(name));
  } else if (typeof headers === 'string') {
    const lines = headers.split('\r\n');
    if (!lines.some((line) => NAMES.has(nameOf(line)))) return;
    const replaced = fieldsToCome(span);
    removeHeaders(request, (name) => replaced.has(name));
  }
}

/**
 * Lets each field of the context be added once, the last time that it is: another instrumentation, of an SDK that the application starts after
 * the preload, adds the fields of its own span after ours.
 */
export function addContextOnce(request: UndiciRequest): void {
  const add = request.addHeader;
  if (typeof add !== 'function') return;
  request.addHeader = (name, value) => {
    if (NAMES.has(lowerCase(name))) removeHeaders(request, (other) => other === lowerCase(name));
    return add.call(request, name, value);
  };
}

function removeHeaders(request: UndiciRequest, isRemoved: (name: string) => boolean): void {
  const { headers } = request;
  if (Array.isArray(headers)) {
    for (let index = headers.length - 2; index >= 0; index -= 2) {
      if (isRemoved(lowerCase(headers[index]))) headers.splice(index, 2);
    }
  } else if (typeof headers === 'string') {
    const lines = headers.split('\r\n');
    request.headers = lines.filter((line) => !isRemoved(nameOf(line))).join('\r\n');
  }
}

function fieldsToCome(span: Span): Set<string> {
  const fields = {};
  propagation.inject(trace.setSpan(context.active(), span), fields);
  return new Set(Object.keys(fields));
}

function nameOf(line: string): string {
  return line.slice(0, Math.max(0, line.indexOf(':'))).toLowerCase();
}

function lowerCase(name: unknown): string {
  return typeof name === 'string' ? name.toLowerCase() : '';
}
