import { FIELD_NAMES } from '../propagation/text-map';

/** What undici has of a request's headers: name, value, name, value; before its version 6 lines of text. */
export interface UndiciRequest {
  headers: unknown;
  addHeader?: (name: string, value: string) => unknown;
}

const NAMES = new Set(FIELD_NAMES);

/**
 * Lets each field of the context be added once, the last time that it is. A gateway's request has come with the context that it forwards, and
 * another instrumentation, of an SDK that the application starts after the preload, adds the fields of its own span after ours: contrib only adds, and a
 * header that comes twice is read by nobody.
 */
export function addContextOnce(request: UndiciRequest): void {
  const add = request.addHeader ?? addAtEnd;
  request.addHeader = (name, value) => {
    if (NAMES.has(lowerCase(name))) removeHeaders(request, lowerCase(name));
    return add.call(request, name, value);
  };
}

/** As contrib adds where a request has no `addHeader`, as in undici 6.11.0. */
function addAtEnd(this: UndiciRequest, name: string, value: string): void {
  if (Array.isArray(this.headers)) this.headers.push(name, value);
  else if (typeof this.headers === 'string') this.headers += `${name}: ${value}\r\n`;
}

function removeHeaders(request: UndiciRequest, removed: string): void {
  const { headers } = request;
  if (Array.isArray(headers)) {
    for (let index = headers.length - 2; index >= 0; index -= 2) {
      if (lowerCase(headers[index]) === removed) headers.splice(index, 2);
    }
  } else if (typeof headers === 'string') {
    const lines = headers.split('\r\n');
    request.headers = lines.filter((line) => nameOf(line) !== removed).join('\r\n');
  }
}

function nameOf(line: string): string {
  return line.slice(0, Math.max(0, line.indexOf(':'))).toLowerCase();
}

function lowerCase(name: unknown): string {
  return typeof name === 'string' ? name.toLowerCase() : '';
}
