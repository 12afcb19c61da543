import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { LoopbackServer } from '../test/peers/loopback-server.ts';
import { type ExportedSpans, spansOfAgent, spansOfOtlp } from './exported-spans.ts';

/** What arrived; bytes are those of the requests' bodies. */
export interface Arrived extends ExportedSpans {
  readonly bytes: number;
}

const NOTHING: Arrived = { spans: 0, roots: 0, bytes: 0 };

/** Where every side sends its spans: an OTLP receiver and a Datadog Agent in one, on a free port. It counts them. */
export class TraceSink extends LoopbackServer {
  #arrived = NOTHING;
  #underway = 0;
  #failure: unknown;
  #changed = () => {};

  static start(): Promise<TraceSink> {
    return new TraceSink().listening();
  }

  /** What has arrived since the last call, as soon as that many traces have: a span leaves before its parent. */
  async take(roots: number, timeoutMillis: number): Promise<Arrived> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new Error(`${this.#arrived.roots} of ${roots} traces arrived within ${timeoutMillis} ms`)),
      timeoutMillis,
    );
    try {
      while (this.#arrived.roots < roots || this.#underway > 0) {
        if (this.#failure !== undefined) throw this.#failure;
        const { promise: change, resolve } = Promise.withResolvers<void>();
        this.#changed = resolve;
        await Promise.race([change, late]);
      }
    } finally {
      clearTimeout(timer);
    }
    const arrived = this.#arrived;
    if (arrived.roots > roots) throw new Error(`${arrived.roots} traces arrived instead of ${roots}`);
    this.#arrived = NOTHING;
    return arrived;
  }

  protected answer(request: IncomingMessage, response: ServerResponse): void {
    this.#underway += 1;
    const { url = '' } = request;
    this.#receive(request)
      .then(() => response.setHeader('content-type', 'application/json').end(ANSWERS.get(url) ?? '{}'))
      .catch((error) => {
        this.#failure ??= error;
        response.writeHead(400).end();
      })
      .finally(() => {
        this.#underway -= 1;
        this.#changed();
      });
  }

  async #receive(request: IncomingMessage): Promise<void> {
    const body = await buffer(request);
    const count = COUNTERS.get(request.url ?? '');
    if (count === undefined) return;
    const { spans, roots } = count(body, request.headers['content-type']);
    this.#arrived = {
      spans: this.#arrived.spans + spans,
      roots: this.#arrived.roots + roots,
      bytes: this.#arrived.bytes + body.length,
    };
  }
}

const COUNTERS: ReadonlyMap<string, (body: Buffer, contentType?: string) => ExportedSpans> = new Map([
  ['/v1/traces', spansOfOtlp],
  ['/v0.4/traces', spansOfAgent],
]);

/** Of the Agent's: what it can do, and the rates by which a tracer is to sample. */
const ANSWERS: ReadonlyMap<string, string> = new Map([
  ['/info', '{"version":"7.70.0","endpoints":["/v0.4/traces"]}'],
  ['/v0.4/traces', '{"rate_by_service":{"service:,env:":1}}'],
]);
