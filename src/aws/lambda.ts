import { copyWith } from '../carriers/copy';
import { DATADOG_ATTRIBUTE, formatDatadogAttribute } from '../carriers/datadog-attribute';
import { memberText, withMember, withoutMember } from '../carriers/json-member';
import { shortenedUntil } from '../carriers/length-budget';
import { BAGGAGE, isBaggageAlone } from '../propagation/baggage';
import { parseBaggage } from '../propagation/baggage-header';
import type { Fields } from '../propagation/fields';
import { DEFAULT_SETTINGS } from '../propagation/propagation-settings';
import { FIELD_NAMES } from '../propagation/text-map';
import type { Writer } from './writer';

/** Bytes of base64. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-ClientContext */
const MAX_LENGTH = 3583;

const CUSTOM = 'custom';
const STALE: readonly string[] = [DATADOG_ATTRIBUTE, ...FIELD_NAMES];

interface Invoke {
  readonly InvocationType?: unknown;
  readonly ClientContext?: unknown;
}

/**
 * Writes the fields into `custom` of the client context, which runtimes hand to the handler, and keeps the other things in it. Lambda
 * passes no client context on where nobody waits for the result. Where the context is too long for that, baggage is left out first.
 */
export const writeInvoke: Writer = (input, fields, { clientContextDatadog }) => {
  const { InvocationType: type, ClientContext: own } = input as Invoke;
  if (!(type === undefined || type === null || type === 'RequestResponse')) return input;
  const json = own === undefined || own === null || own === '' ? '' : decoded(own);
  if (json === undefined) return input;
  const made = fields();
  if (Object.keys(made).length === 0) return input;

  const write = (fields: Fields) => withCustom(json, fields, clientContextDatadog);
  const shorter = shortenedUntil(made, (fields) => base64Length(write(fields) ?? '') <= MAX_LENGTH);
  const written = write(shorter);
  if (written === undefined || base64Length(written) > MAX_LENGTH) return input;
  return copyWith(input, { ClientContext: Buffer.from(written).toString('base64') });
};

/** `undefined` for what is no text, which would come back as another. */
function decoded(base64: unknown): string | undefined {
  if (typeof base64 !== 'string') return undefined;
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : undefined;
}

function base64Length(text: string): number {
  return 4 * Math.ceil(Buffer.byteLength(text) / 3);
}

/** The client context's JSON with the fields in its `custom`; `undefined` where it has another form than that. */
function withCustom(json: string, fields: Fields, inDatadogToo: boolean): string | undefined {
  const datadog = inDatadogToo && !isBaggageAlone(fields) ? formatDatadogAttribute(fields) : undefined;
  if (json === '') {
    const flat = formatDatadogAttribute(fields);
    const custom = datadog === undefined ? flat : withMember(flat, DATADOG_ATTRIBUTE, datadog);
    return `{"${CUSTOM}":${custom}}`;
  }
  let custom: string | undefined = withoutStale(memberText(json, CUSTOM) ?? '{}', fields);
  for (const name in fields) custom &&= withMember(custom, name, JSON.stringify(fields[name]));
  if (datadog !== undefined) custom &&= withMember(custom, DATADOG_ATTRIBUTE, datadog);
  return custom === undefined ? undefined : withMember(json, CUSTOM, custom);
}

/** Without what an earlier call left; baggage alone replaces baggage only, and a forwarded context lives on. */
function withoutStale(custom: string, fields: Fields): string {
  let rest = custom;
  for (const name of isBaggageAlone(fields) ? [BAGGAGE] : STALE) {
    if (name !== BAGGAGE || isOurBaggage(rest)) rest = withoutMember(rest, [], name) ?? rest;
  }
  return rest;
}

function isOurBaggage(custom: string): boolean {
  const text = memberText(custom, BAGGAGE);
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  return typeof value === 'string' && parseBaggage(value, DEFAULT_SETTINGS) !== undefined;
}
