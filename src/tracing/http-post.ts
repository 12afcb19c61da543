import { validateHeaderName, validateHeaderValue } from 'node:http';
import { urlToHttpOptions } from 'node:url';
import { HttpConnection } from './http-connection';
import type { Post } from './post';
import type { RequestTimeouts } from './request-timeouts';

/**
 * To an `http` URL, over connections that are used again and keep no process alive. Node's own client costs a function as much in each invocation as its
 * spans do: it makes streams of a request and of an answer of which nobody reads more than the status.
 *
 * @throws TypeError for a header that HTTP cannot hold.
 */
export function httpPost(url: URL, headers: Readonly<Record<string, string>>, timeouts: RequestTimeouts): Post {
  const head = headOf(url, headers);
  const idle = new Set<HttpConnection>();
  return (body, left) => {
    const [connection = new HttpConnection(url, idle, timeouts)] = idle;
    return connection.post(Buffer.concat([Buffer.from(`${head}${body.length}\r\n\r\n`, 'latin1'), body]), left);
  };
}

/** Up to the value of its last field, the length of the body. https://www.rfc-editor.org/rfc/rfc9112#section-3 */
function headOf(url: URL, headers: Readonly<Record<string, string>>): string {
  const { path, auth } = urlToHttpOptions(url);
  const authorization = auth && { Authorization: `Basic ${Buffer.from(auth).toString('base64')}` };
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const ours = Object.entries({ Host: url.host, Connection: 'keep-alive', ...authorization });
  const all = [...ours.filter(([name]) => !given.has(name.toLowerCase())), ...Object.entries(headers)];
  const fields = all.map(([name, value]) => {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return `${name}: ${value}\r\n`;
  });
  return `POST ${path} HTTP/1.1\r\n${fields.join('')}Content-Length: `;
}
