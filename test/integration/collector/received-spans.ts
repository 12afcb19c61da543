import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { LoopbackServer } from '../../peers/loopback-server.ts';

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
export class ReceivedSpans extends LoopbackServer {
  readonly spans: ReceivedSpan[] = [];
  /** The requests in which they came, in JSON. */
  readonly requests: Uint8Array[] = [];
  readonly #to: string | undefined;

  private constructor(to: string | undefined) {
    super();
    this.#to = to;
  }

  /** `to`: where requests go on to, `http://127.0.0.1:PORT`. */
  static start(to?: string): Promise<ReceivedSpans> {
    return new ReceivedSpans(to).listening();
  }

  /** Waits until a span of this name is there. */
  async until(name: string): Promise<void> {
    for (let millis = 0; millis < WAIT_MILLIS; millis += POLL_MILLIS) {
      if (this.spans.some((span) => span.name === name)) return;
      await sleep(POLL_MILLIS);
    }
    throw new Error(`no span ${name} came`);
  }

  protected async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
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
