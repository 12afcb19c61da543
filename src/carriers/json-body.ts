import { TRACEPARENT } from '../propagation/traceparent';
import { DATADOG_ATTRIBUTE } from './datadog-attribute';
import { isObject } from './is-object';
import { withNumbersQuoted } from './quoted-numbers';

/** What SQS takes, and a tracer writes on. Longer bodies are not looked at. */
const MAX_LENGTH = 1024 * 1024;

/** A body with none of these has no context in it, and is not parsed: most have none, and a search is far quicker. */
const SIGNS: readonly string[] = [DATADOG_ATTRIBUTE, TRACEPARENT, 'x-b3-traceid', '"b3"'];

const OBJECT = /^[\t\n\r ]*\{/;

/** `{` in base64. */
const OBJECT_IN_BASE64 = 'e'.charCodeAt(0);
const BASE64 = /^[A-Za-z0-9+/=\s]*$/;

/** The JSON object that a body is; `undefined` if it is none, or has no sign of a context in it. */
export function parseBody(body: unknown): object | undefined {
  if (!mayBeObject(body) || !SIGNS.some((sign) => body.includes(sign))) return undefined;
  try {
    const value: unknown = JSON.parse(withIdsInQuotes(body));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function mayBeObject(body: unknown): body is string {
  return typeof body === 'string' && body.length <= MAX_LENGTH && OBJECT.test(body);
}

/** What follows upon the first sign of a context in such a body, empty where there is none. */
export function fromFirstSign(body: unknown): string {
  if (!mayBeObject(body)) return '';
  let first = body.length;
  for (const sign of SIGNS) {
    const index = body.indexOf(sign);
    if (index >= 0 && index < first) first = index;
  }
  return body.slice(first);
}

/**
 * The same of Kinesis' data: bytes from the AWS SDK, base64 in a Lambda event. Producers put JSON there, or JSON that is base64
 * once more.
 */
export function parseData(data: unknown): object | undefined {
  return parseBody(decodedData(data));
}

/** Its text, out of base64. */
export function decodedData(data: unknown): string | undefined {
  if (!(typeof data === 'string' || data instanceof Uint8Array) || data.length > 2 * MAX_LENGTH) return undefined;
  return textOfData(typeof data === 'string' ? Buffer.from(data, 'base64') : bytesOf(data)).text;
}

/** The text that Kinesis' data is, out of base64 where it is that. What is no UTF-8 is replaced. */
export function textOfData(bytes: Buffer): { text: string; isBase64: boolean } {
  const text = bytes.toString('utf8');
  const isBase64 = bytes[0] === OBJECT_IN_BASE64 && BASE64.test(text);
  return { text: isBase64 ? Buffer.from(text, 'base64').toString('utf8') : text, isBase64 };
}

/** The same bytes. */
export function bytesOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

const STRING = '"(?:[^"\\\\]|\\\\.)*"';
/** A `_datadog` up to its closing brace, or to the first object in it, which no field is. */
const DATADOG_OBJECT = new RegExp(`"${DATADOG_ATTRIBUTE}"\\s*:\\s*\\{(?:[^"{}]|${STRING})*`, 'g');
const LONG_NUMBER = /[\s:]-?\d{16}/;

function withIdsInQuotes(json: string): string {
  return LONG_NUMBER.test(json) ? json.replace(DATADOG_OBJECT, withNumbersQuoted) : json;
}
