import { type AwsRequest, isForm } from './server.ts';

/** A message as it is on the wire, with the context that it carries. */
export interface SentMessage {
  /** What the application sends: a body, the data of a record, the detail of an event, a payload, an input. */
  readonly text: string;
  /** How often `_datadog` is written on it, or the keys in it on Lambda's client context. */
  readonly written: number;
  readonly context: Readonly<Record<string, string>>;
}

interface WireAttribute {
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}
type WireAttributes = Readonly<Record<string, WireAttribute>>;
interface WireEntry {
  readonly MessageBody?: string;
  readonly MessageAttributes?: WireAttributes;
  readonly Data?: string;
  readonly Detail?: string;
}

/** The messages of a call, in their order. */
export function sentMessages(request: AwsRequest): SentMessage[] {
  if (isForm(request.headers)) return publishedMessages(new URLSearchParams(request.body.toString()));
  const text = request.body.toString();
  if (request.operation.startsWith('Invoke')) return [invocation(text, request.headers['x-amz-client-context'])];
  const input = JSON.parse(text);
  switch (request.operation) {
    case 'SendMessage':
      return [queueMessage(input)];
    case 'SendMessageBatch':
      return input.Entries.map(queueMessage);
    case 'PutRecord':
      return [bodyMessage(fromBase64(input.Data))];
    case 'PutRecords':
      return input.Records.map((record: WireEntry) => bodyMessage(fromBase64(record.Data)));
    case 'PutEvents':
      return input.Entries.map((entry: WireEntry) => bodyMessage(entry.Detail ?? ''));
    case 'StartExecution':
    case 'StartSyncExecution':
      return [bodyMessage(input.input)];
    default:
      throw new Error(`${request.operation} sends no messages`);
  }
}

function queueMessage({ MessageBody = '', MessageAttributes = {} }: WireEntry): SentMessage {
  const { _datadog } = MessageAttributes;
  const text = _datadog?.StringValue ?? fromBase64(_datadog?.BinaryValue);
  return { text: MessageBody, written: text === '' ? 0 : 1, context: parsed(text) };
}

/** A body that has a member `_datadog`. */
function bodyMessage(text: string): SentMessage {
  const written = text.match(/"_datadog"\s*:/g)?.length ?? 0;
  return { text, written, context: written === 0 ? {} : JSON.parse(text)._datadog };
}

function invocation(text: string, header: string | string[] | undefined): SentMessage {
  const clientContext = fromBase64(String(header ?? ''));
  const written = clientContext.match(/"traceparent"\s*:/g)?.length ?? 0;
  return { text, written, context: written === 0 ? {} : JSON.parse(clientContext).custom };
}

const MEMBER = /^PublishBatchRequestEntries\.member\.\d+\./;

/** Of `Publish` or `PublishBatch` in AWS's Query protocol. */
function publishedMessages(form: URLSearchParams): SentMessage[] {
  const prefixes = new Set([...form.keys()].flatMap((key) => MEMBER.exec(key)?.[0] ?? []));
  return [...(prefixes.size === 0 ? [''] : prefixes)].map((prefix) => {
    const attributes = [...form].filter(
      ([key, value]) => key.startsWith(`${prefix}MessageAttributes.entry.`) && value === '_datadog',
    );
    const value = (attributes[0]?.[0] ?? '').replace(/Name$/, 'Value');
    const text = form.get(`${value}.StringValue`) ?? fromBase64(form.get(`${value}.BinaryValue`) ?? undefined);
    return { text: form.get(`${prefix}Message`) ?? '', written: attributes.length, context: parsed(text) };
  });
}

function parsed(text: string): Record<string, string> {
  return text === '' ? {} : JSON.parse(text);
}

function fromBase64(text = ''): string {
  return Buffer.from(text, 'base64').toString();
}
