import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoopbackServer } from '../test/peers/loopback-server.ts';
import { type ExportedSpans, spansOfAgent, spansOfOtlp } from './exported-spans.ts';

const STEP_MILLIS = 20;

interface Received {
  readonly path: string;
  readonly body: Buffer;
  readonly contentType: string | undefined;
}

/**
 * An OTLP receiver and a Datadog extension in one, on a free port. It answers at once and looks at what came only later, since
 * some functions wait for its answer.
 */
export class LambdaSink extends LoopbackServer {
  #received: Received[] = [];

  static start(): Promise<LambdaSink> {
    return new LambdaSink().listening();
  }

  /** How many spans have come since the last call: at least so many, unless these do not come in time. */
  async takeSpans(atLeast: number, timeoutMillis: number): Promise<number> {
    const deadline = performance.now() + timeoutMillis;
    while (this.#spans() < atLeast && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, STEP_MILLIS));
    const spans = this.#spans();
    this.#received = [];
    return spans;
  }

  #spans(): number {
    return this.#received.reduce((sum, { path, body, contentType }) => {
      return sum + (COUNTERS.get(path)?.(body, contentType).spans ?? 0);
    }, 0);
  }

  protected answer(request: IncomingMessage, response: ServerResponse): void {
    const { url: path = '', headers } = request;
    const chunks: Buffer[] = [];
    request.on('error', () => {}).on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json').end(ANSWERS.get(path) ?? '{}');
      this.#received.push({ path, body: Buffer.concat(chunks), contentType: headers['content-type'] });
    });
  }
}

const COUNTERS: ReadonlyMap<string, (body: Buffer, contentType?: string) => ExportedSpans> = new Map([
  ['/v1/traces', spansOfOtlp],
  ['/v0.4/traces', spansOfAgent],
]);

/** Of the extension's: the rates by which a tracer is to sample. */
const ANSWERS: ReadonlyMap<string, string> = new Map([
  ['/info', '{"endpoints":["/v0.4/traces"]}'],
  ['/v0.4/traces', '{"rate_by_service":{"service:,env:":1}}'],
]);
