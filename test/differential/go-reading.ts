// How dd-trace-go reads text that is no valid header.
import type { NamedConfiguration } from './configurations.ts';
import type { Headers } from './peer.ts';
import {
  B3_NAMES,
  ORIGIN,
  PARENT_ID,
  PRIORITY,
  TAGS,
  TRACE_ID,
  traceparentOf,
  upperHalvesOf,
  without,
  withoutDatadog,
} from './reading.ts';

/** What it makes of the headers of one format: valid ones, none, or an error. */
type Outcome = Headers | 'none' | 'error';

const NOTHING: Headers = {};

/**
 * The headers as dd-trace-go takes them: with numbers in their usual form. A format that it refuses before it has found a context
 * ends it all, baggage included; one that it refuses later counts for nothing.
 */
export function headersInGo(headers: Headers, { extractStyles }: NamedConfiguration): Headers {
  let read = headers;
  let isFound = false;
  for (const style of extractStyles) {
    const format = FORMATS[style];
    if (format === undefined) continue;
    const outcome = format.read(headers);
    if (outcome === 'error' && !isFound) return NOTHING;
    const rest = format.without(read);
    read = typeof outcome === 'string' ? rest : { ...rest, ...outcome };
    isFound ||= typeof outcome !== 'string';
  }
  return read;
}

const FORMATS: Readonly<Record<string, { read(headers: Headers): Outcome; without(headers: Headers): Headers }>> = {
  datadog: { read: datadogInGo, without: withoutDatadog },
  tracecontext: { read: traceContextInGo, without: (headers) => without(headers, 'traceparent', 'tracestate') },
  b3: { read: b3InGo, without: (headers) => without(headers, 'b3') },
  b3multi: { read: b3MultiInGo, without: (headers) => without(headers, ...B3_NAMES) },
};

function datadogInGo(headers: Headers): Outcome {
  const { [TRACE_ID]: traceId = '0', [PARENT_ID]: parentId = '0', [PRIORITY]: priority = '0' } = headers;
  const [trace, parent] = [traceId, parentId].map(idInGo);
  if (trace === undefined || parent === undefined || !isIntInGo(priority)) return 'error';
  const { [ORIGIN]: origin, [TAGS]: tags } = headers;
  // An upper half alone makes a trace of its own for it: there is no such one for us.
  const isTrace = trace !== '0' || /^(?!0+$)[0-9a-f]{16}$/.test(upperHalvesOf(headers).at(-1) ?? '');
  if (!isTrace || (parent === '0' && origin !== 'synthetics')) return 'none';
  return {
    [TRACE_ID]: trace,
    [PARENT_ID]: parent,
    ...(PRIORITY in headers && { [PRIORITY]: priority.replace('+', '') }),
    ...(origin !== undefined && { [ORIGIN]: origin }),
    ...(tags !== undefined && { [TAGS]: tags }),
  };
}

/** It wraps what is negative. */
function idInGo(text: string): string | undefined {
  if (/^-\d+$/.test(text)) return BigInt(text) < -(2n ** 63n) ? undefined : String(BigInt.asUintN(64, BigInt(text)));
  return /^\d+$/.test(text) && BigInt(text) < 2n ** 64n ? String(BigInt(text)) : undefined;
}

function isIntInGo(text: string): boolean {
  if (!/^[+-]?\d+$/.test(text)) return false;
  const value = BigInt(text.replace('+', ''));
  return BigInt.asIntN(64, value) === value;
}

/** It reads upper-case hex, no flags over 7f, and takes dashes, underscores and whitespace around parts for none. */
function traceContextInGo({ traceparent = '', tracestate }: Headers): Outcome {
  const text = traceparent.replace(/^[\t -]+|[\t -]+$/g, '');
  if (text === '') return 'none';
  const [version = '', trace = '', span = '', flags = ''] = text
    .split('-')
    .map((part, index) => (index < 3 ? part.replace(/^[_\t\n -]+|[_\t\n -]+$/g, '').toLowerCase() : part));
  if (text.length < 55 || (version === '00' && text.length !== 55)) return 'error';
  if (!/^(?!ff)[0-9a-f]{2}$/.test(version) || !/^[0-9a-f]{32}$/.test(trace) || isZero(trace)) return 'error';
  if (/^0{16}$/.test(span)) return 'none';
  const bits = /^[+-]?[0-9a-f]+$/i.test(flags) ? Number.parseInt(flags, 16) : Number.NaN;
  if (!(bits <= 127 && bits >= -128)) return 'error';
  const read = { traceparent: `00-${trace}-${span}-0${bits & 1}`, ...(tracestate !== undefined && { tracestate }) };
  return traceparentOf(read) ? read : 'error';
}

function b3InGo({ b3 }: Headers): Outcome {
  if (b3 === undefined) return 'none';
  const [trace = '', span, sampled = ''] = b3.split('-');
  if (span === undefined || !/^[01d]?$/.test(sampled)) return 'error';
  const [traceId, spanId] = [b3TraceIdInGo(trace), hexInGo(span)];
  if (traceId === undefined || spanId === undefined) return 'error';
  if (isZero(traceId) || isZero(spanId)) return 'none';
  // Debug is for it what sampled is.
  return { b3: `${traceId}-${spanId}${sampled === '' ? '' : `-${sampled.replace('d', '1')}`}` };
}

/** It knows no flags, and passes over a trace id that is none. */
function b3MultiInGo(headers: Headers): Outcome {
  const { 'x-b3-traceid': trace = '', 'x-b3-spanid': span = '0', 'x-b3-sampled': sampled } = headers;
  const spanId = hexInGo(span);
  if (spanId === undefined || (sampled !== undefined && !isIntInGo(sampled))) return 'error';
  const traceId = b3TraceIdInGo(trace) ?? '0';
  if (isZero(traceId) || isZero(spanId)) return 'none';
  return { 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, ...(sampled !== undefined && { 'x-b3-sampled': sampled }) };
}

function b3TraceIdInGo(text: string): string | undefined {
  const digits = text.slice(-32).replace(/^0+/, '');
  if (!/^[0-9a-f]+$/i.test(digits)) return undefined;
  return digits.toLowerCase().padStart(digits.length > 16 ? 32 : 16, '0');
}

function hexInGo(text: string): string | undefined {
  return /^[0-9a-f]+$/i.test(text) && BigInt(`0x${text}`) < 2n ** 64n
    ? BigInt(`0x${text}`).toString(16).padStart(16, '0')
    : undefined;
}

function isZero(hex: string): boolean {
  return /^0*$/.test(hex);
}
