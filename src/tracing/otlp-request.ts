import { type Agent, type ClientRequest, type RequestOptions, request as requestByHttp } from 'node:http';
import { request as requestByHttps } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { convertLegacyHttpOptions } from '@opentelemetry/otlp-exporter-base/node-http';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { type OtlpDestination, TRACES_PATH } from './otlp';
import { unreferenced } from './unreferenced-agent';

/**
 * Sends the spans once; rejects with a `NoAnswer` where nobody answered, with another error where the answer is a refusal.
 *
 * @param left called when all of the request has been handed to the operating system
 */
export type SendSpans = (spans: ReadableSpan[], left: () => void) => Promise<void>;

/** Nobody answered: what was sent may have arrived all the same. */
export class NoAnswer extends Error {}

const CONTENT_TYPES = { 'http/protobuf': 'application/x-protobuf', 'http/json': 'application/json' };
/** As they are before anything is instrumented: a function waits for its export in each invocation. */
const REQUESTS = { 'http:': requestByHttp, 'https:': requestByHttps };
/** Of these many parts of the timeout a process that is frozen loses one. */
const TIMEOUT_PARTS = 10;

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
  const headers = { 'Content-Type': CONTENT_TYPES[encoding] };
  const options = convertLegacyHttpOptions({ url }, 'TRACES', TRACES_PATH, headers);
  const target = new URL(url);
  const request = REQUESTS[target.protocol as keyof typeof REQUESTS];
  const zipped = options.compression === 'gzip';
  const prepare = async (): Promise<RequestOptions> => ({
    ...urlToHttpOptions(target),
    method: 'POST',
    headers: { ...(await options.headers()), ...(zipped && { 'Content-Encoding': 'gzip' }) },
    agent: unreferenced((await options.agentFactory(target.protocol)) as Agent),
  });
  let prepared: Promise<RequestOptions> | undefined;

  return async (spans, left) => {
    const serialized = serializer.serializeRequest(spans);
    if (serialized === undefined) return;
    prepared ??= prepare();
    const requestOptions = await prepared;
    const body = zipped ? await promisify(gzip)(serialized) : serialized;
    const post = () => answered(request(requestOptions).on('finish', left), body, options.timeoutMillis);
    try {
      await post();
    } catch (error) {
      if (!isCut(error)) throw error;
      await post();
    }
  };
}

/** Resolves when the answer says that the request was taken. */
function answered(request: ClientRequest, body: Uint8Array, timeoutMillis: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timeout = whenRunFor(timeoutMillis, () => request.destroy(new NoAnswer(`no answer in ${timeoutMillis} ms`)));
    request.on('close', () => clearInterval(timeout));
    request.on('response', (response) => {
      // Its body is of no interest, but the connection is of use only after it.
      response.on('error', () => {}).resume();
      const { statusCode = 0, statusMessage } = response;
      if (statusCode >= 200 && statusCode <= 299) resolve();
      else reject(new Error(`${statusCode} ${statusMessage}`));
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const noAnswer = new NoAnswer(error.message, { cause: error });
      reject(
        error instanceof NoAnswer ? error : Object.assign(noAnswer, error.code !== undefined && { code: error.code }),
      );
    });
    request.end(body);
  });
}

function isCut(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return error instanceof NoAnswer && (code === 'ECONNRESET' || code === 'EPIPE');
}

/** A timer that counts the time in which this process runs; whatever came in the meantime is heard first. */
function whenRunFor(millis: number, done: () => void): NodeJS.Timeout {
  let parts = TIMEOUT_PARTS;
  const timer = setInterval(() => {
    parts -= 1;
    if (parts > 0) return;
    clearInterval(timer);
    setImmediate(done);
  }, millis / TIMEOUT_PARTS).unref();
  return timer;
}
