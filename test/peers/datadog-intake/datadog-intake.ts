import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { LoopbackServer } from '../loopback-server.ts';
import { type IntakeSpan, spansOfAgentPayload } from './agent-payload.ts';

/**
 * Datadog's intake, on loopback: traces, trace metrics, what else an exporter sends, and whether a key is valid. It takes one key and
 * refuses every other.
 * https://docs.datadoghq.com/api/latest/authentication/
 */
export class DatadogIntake extends LoopbackServer {
  readonly apiKey = '0123456789abcdef0123456789abcdef';
  /** In the order in which they came. */
  spans: IntakeSpan[] = [];
  /** The payloads of trace metrics (MessagePack). */
  stats: Buffer[] = [];
  /** Requests with a wrong key, or without one. */
  refused: string[] = [];

  static start(): Promise<DatadogIntake> {
    return new DatadogIntake().listening();
  }

  protected async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.#take(request, response).catch((error) => response.writeHead(500).end(String(error)));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = decompressed(await buffer(request), request.headers['content-encoding']);
    const path = new URL(request.url ?? '/', this.url).pathname;
    response.setHeader('content-type', 'application/json');
    if (request.headers['dd-api-key'] !== this.apiKey) {
      this.refused.push(path);
      response.writeHead(403).end('{"status":"error","code":403,"errors":["Forbidden"]}');
      return;
    }
    if (path === '/api/v0.2/traces') this.spans.push(...spansOfAgentPayload(body));
    if (path === '/api/v0.2/stats') this.stats.push(body);
    response.writeHead(path === '/api/v1/validate' ? 200 : 202).end('{"valid":true}');
  }
}

function decompressed(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'gzip') return gunzipSync(body);
  if (encoding === 'zstd') return zstdDecompressSync(body);
  return body;
}
