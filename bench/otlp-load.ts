import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { TraceState } from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

const SPANS_OF_TRACE = 5;
const TRACES_OF_REQUEST = 21;
const SPANS_OF_REQUEST = SPANS_OF_TRACE * TRACES_OF_REQUEST;
const UNDERWAY = 16;

/** As spans of a service that Datadog's context reaches, and that knows nothing of it: a third kept, a third dropped, a third undecided. */
const TRACESTATES = ['dd=s:1;o:synthetics;t.dm:-0;t.tid:0123456789abcdef', 'dd=s:0;t.dm:-1', undefined];

/** The share of the traces of which a span says that they are kept. */
export const KEPT = 1 / TRACESTATES.length;
/** The share of those that say nothing. */
export const UNDECIDED = 1 / TRACESTATES.length;

/** A request of OTLP in protobuf, and where the ids of its traces stand. */
interface Request {
  readonly body: Buffer;
  readonly idsAt: readonly (readonly number[])[];
}

/**
 * Sends spans to an OTLP receiver at a steady rate for a time, or at the lower one at which it takes them; each request has traces of its own,
 * whole. Throws where the receiver refuses one. Returns how many spans it sent.
 */
export async function sendSpans(url: string, spansPerSecond: number, millis: number): Promise<number> {
  const template = requestTemplate();
  const agent = new Agent({ keepAlive: true, maxSockets: UNDERWAY });
  const perMilli = spansPerSecond / SPANS_OF_REQUEST / 1000;
  const start = performance.now();
  const underway = new Set<Promise<void>>();
  let sent = 0;
  try {
    for (let now = 0; now < millis; now = performance.now() - start) {
      while (sent < now * perMilli) {
        while (underway.size >= UNDERWAY) await Promise.race(underway);
        const posted = post(url, agent, withIds(template, sent)).finally(() => underway.delete(posted));
        underway.add(posted);
        sent += 1;
      }
      await sleep(2);
    }
    await Promise.all(underway);
  } finally {
    agent.destroy();
  }
  return sent * SPANS_OF_REQUEST;
}

function requestTemplate(): Request {
  const exporter = new InMemorySpanExporter();
  const tracer = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer('load');
  const ids = Array.from(
    { length: TRACES_OF_REQUEST },
    (_, index) => `aaaaaaaaaaaaaaaa${index.toString(16).padStart(16, 'b')}`,
  );
  for (const [index, traceId] of ids.entries()) {
    const tracestate = TRACESTATES[index % TRACESTATES.length];
    const parent = {
      traceId,
      spanId: '00000000000000ff',
      traceFlags: TraceFlags.SAMPLED,
      isRemote: true,
      ...(tracestate !== undefined && { traceState: new TraceState(tracestate) }),
    };
    const context = trace.setSpanContext(ROOT_CONTEXT, parent);
    for (let span = 0; span < SPANS_OF_TRACE; span++) {
      const attributes = {
        'http.request.method': 'GET',
        'url.path': `/orders/${index}`,
        'http.response.status_code': 200,
        'server.address': 'orders.example.com',
      };
      tracer.startSpan('GET /orders/:id', { attributes }, context).end();
    }
  }
  const body = Buffer.from(ProtobufTraceSerializer.serializeRequest(exporter.getFinishedSpans()) ?? []);
  return { body, idsAt: ids.map((id) => placesOf(Buffer.from(id, 'hex'), body)) };
}

function placesOf(id: Buffer, body: Buffer): number[] {
  const places: number[] = [];
  for (let at = body.indexOf(id); at >= 0; at = body.indexOf(id, at + id.length)) places.push(at);
  if (places.length !== SPANS_OF_TRACE)
    throw new Error(`${places.length} spans have the id instead of ${SPANS_OF_TRACE}`);
  return places;
}

/** A copy, with ids in it that no other request has. */
function withIds({ body, idsAt }: Request, number: number): Buffer {
  const copy = Buffer.from(body);
  for (const [index, places] of idsAt.entries()) {
    const id = Buffer.alloc(16);
    // Samplers read the lowest 56 bits, or hash all.
    id.writeUInt32BE((Math.random() * 2 ** 32) >>> 0, 0);
    id.writeUInt32BE(number, 4);
    id.writeUInt32BE((Math.random() * 2 ** 32) >>> 0, 8);
    id.writeUInt32BE(index, 12);
    for (const place of places) id.copy(copy, place);
  }
  return copy;
}

async function post(url: string, agent: Agent, body: Buffer): Promise<void> {
  const headers = { 'content-type': 'application/x-protobuf', 'content-length': body.length };
  const sent = request(`${url}/v1/traces`, { method: 'POST', agent, headers });
  sent.end(body);
  const [response] = await once(sent, 'response');
  response.resume();
  await once(response, 'end');
  if (response.statusCode !== 200) throw new Error(`the Collector refused a request: ${response.statusCode}`);
}
