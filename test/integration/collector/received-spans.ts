import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';

/** A value of OTLP's JSON: an integer as a number, a double as `{ double }`. */
export type ReceivedValue = string | number | boolean | { double: number } | undefined;

/** A span that arrived. */
export interface ReceivedSpan {
  readonly service: ReceivedValue;
  readonly name: string;
  readonly traceId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly attributes: Record<string, ReceivedValue>;
  /** As it was in the request. */
  readonly json: OtlpSpan;
}

interface OtlpSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  traceState?: string;
  attributes?: OtlpAttribute[];
}

interface OtlpAttribute {
  key: string;
  value: { stringValue?: string; boolValue?: boolean; intValue?: string | number; doubleValue?: number };
}

interface OtlpRequest {
  resourceSpans: { resource: { attributes?: OtlpAttribute[] }; scopeSpans: { spans: OtlpSpan[] }[] }[];
}

const POLL_MILLIS = 50;
const WAIT_MILLIS = 30_000;

/** A backend that takes OTLP in JSON over HTTP and, if it is told to, passes each request on. */
export class ReceivedSpans {
  readonly spans: ReceivedSpan[] = [];
  /** The requests in which they came, in JSON. */
  readonly requests: Uint8Array[] = [];
  readonly #to: string | undefined;
  readonly #server = createServer((request, response) => void this.#receive(request, response));

  private constructor(to: string | undefined) {
    this.#to = to;
  }

  /** `to`: where requests go on to, `http://127.0.0.1:PORT`. */
  static async start(to?: string): Promise<ReceivedSpans> {
    const received = new ReceivedSpans(to);
    await once(received.#server.listen(0, '127.0.0.1'), 'listening');
    return received;
  }

  /** `http://127.0.0.1:PORT` */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Waits until a span of this name is there. */
  async until(name: string): Promise<void> {
    for (let millis = 0; millis < WAIT_MILLIS; millis += POLL_MILLIS) {
      if (this.spans.some((span) => span.name === name)) return;
      await sleep(POLL_MILLIS);
    }
    throw new Error(`no span ${name} came`);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const isZipped = request.headers['content-encoding'] === 'gzip';
    const json = isZipped ? gunzipSync(body) : body;
    this.requests.push(json);
    const { resourceSpans } = JSON.parse(json.toString()) as OtlpRequest;
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = valuesOf(resource.attributes)['service.name'];
      for (const { spans } of scopeSpans) this.spans.push(...spans.map((span) => receivedSpan(service, span)));
    }
    if (this.#to !== undefined) {
      const headers = { 'content-type': 'application/json', ...(isZipped && { 'content-encoding': 'gzip' }) };
      await fetch(`${this.#to}${request.url}`, { method: 'POST', headers, body: new Uint8Array(body) });
    }
    response.setHeader('content-type', 'application/json').end('{}');
  }
}

function receivedSpan(service: ReceivedValue, json: OtlpSpan): ReceivedSpan {
  const { name, traceId, parentSpanId = '', traceState = '', attributes } = json;
  return { service, name, traceId, parentSpanId, traceState, attributes: valuesOf(attributes), json };
}

function valuesOf(attributes: readonly OtlpAttribute[] = []): Record<string, ReceivedValue> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, typedValue(value)]));
}

function typedValue({ stringValue, boolValue, intValue, doubleValue }: OtlpAttribute['value']): ReceivedValue {
  if (intValue !== undefined) return Number(intValue);
  if (doubleValue !== undefined) return { double: doubleValue };
  return stringValue ?? boolValue;
}
