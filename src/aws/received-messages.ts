import { diag } from '@opentelemetry/api';
import { DATADOG_ATTRIBUTE } from '../carriers/datadog-attribute';
import { isObject } from '../carriers/is-object';
import { bytesOf, textOfData } from '../carriers/json-body';
import { withoutMember } from '../carriers/json-member';
import { keepMessage } from '../carriers/kept-messages';
import { CONTEXT_ATTRIBUTE_NAMES, isContextAttribute, SYSTEM_ATTRIBUTE_NAMES } from '../carriers/message-attributes';
import { nodeCrypto } from '../carriers/node-crypto';
import type { AwsSettings } from '../configuration/aws';
import { addDatadogAttribute } from './message-for-datadog';
import type { Operation } from './operation';

type Properties = Record<string, unknown>;

/**
 * Takes the context off the messages that `ReceiveMessage`, and off the records that `GetRecords` gives, where the options ask for that, and
 * leaves it where dd-trace reads it if that traces this process. The output is changed in place: the SDK has made it for this call.
 * `extractMessageContext` still finds the context by the message. `input` is what the application asked for, not what we made of it. A
 * message of which anything is in doubt stays as it is.
 */
export function receivedOutput(
  operation: Operation,
  input: object,
  output: object,
  settings: AwsSettings,
  underDatadog = false,
): object {
  const isQueue = operation.service === 'SQS';
  // dd-trace reads Kinesis' data and nothing beside it.
  const take = underDatadog && !isQueue ? undefined : takerFor(operation, input as Properties, settings);
  const forDatadog = underDatadog && isQueue;
  if (take === undefined && !forDatadog) return output;
  const messages = (output as Properties)[isQueue ? 'Messages' : 'Records'];
  if (!Array.isArray(messages)) return output;
  for (const message of messages) {
    if (!isObject(message)) continue;
    try {
      const received = { ...message };
      const changes = take?.(message as Properties) ?? {};
      if (Object.keys(changes).length > 0) keepMessage(message, received);
      for (const name in changes) change(message as Properties, name, changes[name]);
      if (forDatadog) addDatadogAttribute(message, received);
    } catch (error) {
      diag.debug('otel-datadog-bridge: the message keeps its context', error);
    }
  }
  return output;
}

/** What is to change on a message: new values, `undefined` for what goes. */
type Take = (message: Properties) => Properties;

function takerFor({ service, name }: Operation, input: Properties, settings: AwsSettings): Take | undefined {
  const { hideAttributes, stripInjectedContext } = settings;
  if (service === 'Kinesis' && name === 'GetRecords' && stripInjectedContext) return strippedRecord;
  if (service !== 'SQS' || name !== 'ReceiveMessage') return undefined;
  if (!hideAttributes) return stripInjectedContext ? strippedMessage : undefined;
  const hidden = hiddenIn(input);
  return stripInjectedContext ? (message) => ({ ...hidden(message), ...strippedMessage(message) }) : hidden;
}

function change(message: Properties, name: string, value: unknown): void {
  if (value === undefined) delete message[name];
  else message[name] = value;
}

/** Of our attributes those that the application has not named: `All` names none of them. */
function hiddenIn({ MessageAttributeNames, MessageSystemAttributeNames, AttributeNames }: Properties): Take {
  const named = listOf(MessageAttributeNames);
  const ours = CONTEXT_ATTRIBUTE_NAMES.filter((name) => !named.includes(name));
  const system = [...listOf(MessageSystemAttributeNames), ...listOf(AttributeNames)];
  // These are AWS's own, which `All` does ask for.
  const systemOurs = SYSTEM_ATTRIBUTE_NAMES.filter((name) => !system.includes('All') && !system.includes(name));
  return ({ MessageAttributes, Attributes }) => {
    const changes: Properties = {};
    const attributes = without(MessageAttributes, ours);
    // It is a checksum of all attributes.
    if (attributes !== MessageAttributes) {
      changes.MessageAttributes = attributes;
      changes.MD5OfMessageAttributes = undefined;
    }
    const systemAttributes = without(Attributes, systemOurs);
    if (systemAttributes !== Attributes) changes.Attributes = systemAttributes;
    return changes;
  };
}

/** The attributes without these, `undefined` where there is no other; the same object where it has none of them. */
function without(attributes: unknown, names: readonly string[]): unknown {
  if (!isObject(attributes)) return attributes;
  const taken = names.filter(
    (name) => Object.hasOwn(attributes, name) && isContextAttribute(name, (attributes as Properties)[name]),
  );
  if (taken.length === 0) return attributes;
  const others = Object.entries(attributes).filter(([name]) => !taken.includes(name));
  return others.length === 0 ? undefined : Object.fromEntries(others);
}

/** The body of what EventBridge sent. An SNS envelope stays: it is signed. */
function strippedMessage({ Body }: Properties): Properties {
  if (typeof Body !== 'string' || !Body.includes(DATADOG_ATTRIBUTE)) return {};
  const stripped = withoutMember(Body, ['detail'], DATADOG_ATTRIBUTE);
  // The SDK checks it after us.
  return stripped === undefined ? {} : { Body: stripped, MD5OfBody: md5(stripped) };
}

function strippedRecord({ Data }: Properties): Properties {
  if (!(Data instanceof Uint8Array)) return {};
  const bytes = bytesOf(Data);
  const { text, isBase64 } = textOfData(bytes);
  if (!text.includes(DATADOG_ATTRIBUTE)) return {};
  const stripped = withoutMember(text, [], DATADOG_ATTRIBUTE);
  const encoded = (json: string) => Buffer.from(isBase64 ? Buffer.from(json).toString('base64') : json);
  // What cannot be written again byte for byte stays.
  if (stripped === undefined || !encoded(text).equals(bytes)) return {};
  return { Data: new Uint8Array(encoded(stripped)) };
}

/** A Node in FIPS mode throws here: it has no MD5, and the SDK checks none there. */
function md5(text: string): string {
  return nodeCrypto().createHash('md5').update(text).digest('hex');
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
