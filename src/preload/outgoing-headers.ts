import { context, propagation, type Span, trace } from '@opentelemetry/api';
import { FIELD_NAMES } from '../propagation/text-map';

/** What undici has of a request's headers: name, value, name, value; before its version 6 lines of text. */
export interface UndiciRequest {
  headers: unknown;
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
    for (let index = headers.length - 2; index >= 0; index -= 2) {
      if (replaced.has(lowerCase(headers[index]))) headers.splice(index, 2);
    }
  } else if (typeof headers === 'string') {
    const lines = headers.split('\r\n');
    if (!lines.some((line) => NAMES.has(nameOf(line)))) return;
    const replaced = fieldsToCome(span);
    request.headers = lines.filter((line) => !replaced.has(nameOf(line))).join('\r\n');
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
