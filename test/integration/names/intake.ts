import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { AgentFormat } from '../../peers/datadog-agent/datadog-agent.ts';
import { LoopbackServer } from '../../peers/loopback-server.ts';

/** A request with spans. */
export interface Received {
  readonly body: Buffer;
  readonly format: AgentFormat;
}

const FORMATS: ReadonlyMap<string, AgentFormat> = new Map([
  ['/v1/traces', 'otlp'],
  ['/v0.4/traces', 'v0.4'],
]);

/** The doors of an Agent: what came in, as it came. */
export class Intake extends LoopbackServer {
  readonly requests: Received[] = [];

  static start(): Promise<Intake> {
    return new Intake().listening();
  }

  protected async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '' } = request;
    const sent = await buffer(request);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    const format = FORMATS.get(url);
    const isProtobuf = format === 'otlp' && request.headers['content-type'] === 'application/x-protobuf';
    if (format !== undefined) this.requests.push({ body, format: isProtobuf ? 'otlp-proto' : format });
    response.setHeader('content-type', 'application/json').end(ANSWERS.get(url) ?? '{}');
  }
}

/** Of the Agent's: what it can do, and the rates by which a tracer is to sample. */
const ANSWERS: ReadonlyMap<string, string> = new Map([
  ['/info', '{"version":"7.70.0","endpoints":["/v0.4/traces"]}'],
  ['/v0.4/traces', '{"rate_by_service":{"service:,env:":1}}'],
]);
