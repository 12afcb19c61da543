import type { Agent } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { convertLegacyHttpOptions } from '@opentelemetry/otlp-exporter-base/node-http';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { httpPost } from './http-post';
import { httpsPost } from './https-post';
import { NoAnswer } from './no-answer';
import { type OtlpDestination, TRACES_PATH } from './otlp';
import type { Post } from './post';
import { RequestTimeouts } from './request-timeouts';
import { unreferenced } from './unreferenced-agent';

/** Sends the spans once; the rest as `Post` has it. */
export type SendSpans = (spans: ReadableSpan[], left: () => void) => Promise<void>;

const CONTENT_TYPES = { 'http/protobuf': 'application/x-protobuf', 'http/json': 'application/json' };

/**
 * One OTLP request for each call, for a process that may be frozen at any time. Unlike the stock exporter's:
 *
 * - an answer that came while the process was frozen counts, and time in which the process does not run does not;
 * - a connection that was cut is the one thing that is tried again, at once and once.
 *
 * Headers, compression, certificates and the timeout come from `OTEL_EXPORTER_OTLP_*`.
 */
export function otlpSender({ url, encoding }: OtlpDestination): SendSpans {
  const serializer = encoding === 'http/json' ? JsonTraceSerializer : ProtobufTraceSerializer;
  const contentType = { 'Content-Type': CONTENT_TYPES[encoding] };
  const options = convertLegacyHttpOptions({ url }, 'TRACES', TRACES_PATH, contentType);
  const target = new URL(url);
  const zipped = options.compression === 'gzip';
  const timeouts = new RequestTimeouts(options.timeoutMillis);
  const prepare = async (): Promise<Post> => {
    const headers = { ...(await options.headers()), ...(zipped && { 'Content-Encoding': 'gzip' }) };
    if (target.protocol === 'http:') return httpPost(target, headers, timeouts);
    const agent = unreferenced((await options.agentFactory(target.protocol)) as Agent);
    return httpsPost(target, headers, agent, timeouts);
  };
  let preparing: Promise<Post> | undefined;
  let post: Post | undefined;

  // A request that need not wait for anything leaves within the call.
  return async (spans, left) => {
    const serialized = serializer.serializeRequest(spans);
    if (serialized === undefined) return;
    preparing ??= prepare();
    post ??= await preparing;
    const body = zipped ? await promisify(gzip)(serialized) : serialized;
    try {
      await post(body, left);
    } catch (error) {
      if (!isCut(error)) throw error;
      await post(body, left);
    }
  };
}

function isCut(error: unknown): boolean {
  return error instanceof NoAnswer && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}
