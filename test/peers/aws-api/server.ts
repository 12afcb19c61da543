import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** One call of an AWS API, as it came over the wire. */
export interface AwsRequest {
  /** `SendMessage`, `Publish`: by the header or the form field that names it, or else the path. */
  readonly operation: string;
  readonly method: string;
  /** The path with its query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface AwsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface AwsApi {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  close(): Promise<void>;
}

/** More than 8 KiB of baggage on a request, and as much again in Lambda's client context. */
const MAX_HEADERS_LENGTH = 64 * 1024;

/** An endpoint for any AWS service, which answers every call as it is told. */
export async function startAwsApi(answer: (request: AwsRequest) => AwsAnswer | Promise<AwsAnswer>): Promise<AwsApi> {
  const server = createServer({ maxHeaderSize: MAX_HEADERS_LENGTH }, async (incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    const body = await buffer(incoming);
    try {
      const given = await answer({ operation: operationOf(url, headers, body), method, url, headers, body });
      response.writeHead(given.status, given.headers).end(given.body);
    } catch (error) {
      // No SDK tries this again, and its error names what went wrong here.
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ __type: 'EndpointFailed', message: String((error as Error).stack) }));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function operationOf(url: string, headers: IncomingHttpHeaders, body: Buffer): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.slice(target.indexOf('.') + 1);
  if (isForm(headers)) return new URLSearchParams(body.toString()).get('Action') ?? '';
  if (url.endsWith('/invocations')) return 'Invoke';
  return url.endsWith('/response-streaming-invocations') ? 'InvokeWithResponseStream' : '';
}

/** AWS's Query protocol, which SNS and the older clients of SQS speak. */
export function isForm(headers: IncomingHttpHeaders): boolean {
  return headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
}
