import type { SpanContext } from '@opentelemetry/api';
import { decidedTraceState } from './datadog-trace-state';
import { firstFound, type ReadField } from './fields';
import { ZERO_ID } from './ids';
import { hasValidIds, PlainParent, type RemoteParent } from './remote-parent';
import { isKept } from './sampling-priority';

/** The system attribute of an SQS message that holds X-Ray's header. */
export const AWS_TRACE_HEADER = 'AWSTraceHeader';

// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
const PADDED_ROOT = /(?:^|;)\s*Root=1-[0-9a-f]{8}-0{8}([0-9a-f]{16})\s*(?:;|$)/i;
const PARENT = /(?:^|;)\s*Parent=([0-9a-f]{16})\s*(?:;|$)/i;
const SAMPLED = /(?:^|;)\s*Sampled=([01])\s*(?:;|$)/i;
const MAX_LENGTH = 512;

/**
 * Reads X-Ray's header where a Datadog tracer wrote it: the 96 bits behind the time are a 64-bit trace id behind eight zeros.
 * Any other is X-Ray's own: the AWS SDK puts one with `Sampled=0` on every request from a Lambda function, and
 * whoever took that for a parent would drop the trace.
 * https://github.com/DataDog/datadog-lambda-js/blob/main/src/trace/context/extractors/sqs.ts
 */
export function extractXRay(sources: readonly ReadField[]): RemoteParent | undefined {
  return firstFound(sources, (read) => parseXRay(read(AWS_TRACE_HEADER)));
}

function parseXRay(header: string | undefined): RemoteParent | undefined {
  if (header === undefined || header.length > MAX_LENGTH) return undefined;
  const lowerHalf = PADDED_ROOT.exec(header)?.[1];
  const spanId = PARENT.exec(header)?.[1];
  if (lowerHalf === undefined || spanId === undefined) return undefined;
  const sampled = SAMPLED.exec(header)?.[1];
  const samplingPriority = sampled === undefined ? undefined : Number(sampled);
  const ids = { traceId: ZERO_ID + lowerHalf.toLowerCase(), spanId: spanId.toLowerCase() };
  return hasValidIds(ids) ? new PlainParent(ids, samplingPriority) : undefined;
}

/**
 * X-Ray's header in Datadog's form, `Root=1-<time>-00000000<trace id>;Parent=<span id>;Sampled=<0 or 1>`: the lower half of
 * the trace id is all that it can hold. `seconds` is the time, in seconds since 1970.
 */
export function formatXRay(spanContext: SpanContext, seconds: number): string {
  const time = Math.floor(seconds).toString(16).padStart(8, '0').slice(-8);
  const { samplingPriority = 0 } = decidedTraceState(spanContext).datadog;
  const { traceId, spanId } = spanContext;
  return `Root=1-${time}-00000000${traceId.slice(16)};Parent=${spanId};Sampled=${isKept(samplingPriority) ? 1 : 0}`;
}
