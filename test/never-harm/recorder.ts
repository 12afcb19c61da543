import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Recorder {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** The last request whose path has this name in it; it is forgotten then. */
  take(name: string): RecordedRequest | undefined;
  close(): Promise<void>;
}

/** An HTTP server that takes every call of a Lambda function, keeps what was sent, and answers with nothing. */
export async function startRecorder(): Promise<Recorder> {
  const recorded = new Map<string, RecordedRequest>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    // /2015-03-31/functions/NAME/invocations
    const name = decodeURIComponent(request.url?.split('/')[3] ?? '');
    recorded.set(name, { headers: request.headers, body: Buffer.concat(chunks) });
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' }).end();
  });
  // A connection that is closed just as it is used again makes the client send twice.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take(name) {
      const request = recorded.get(name);
      recorded.delete(name);
      return request;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
