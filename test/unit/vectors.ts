import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageAttributes } from '../../src/carriers/message-attributes.ts';

const VECTORS = join(import.meta.dirname, '../vectors');

/** One message as a real tracer put it on a queue. */
export interface MessageVector {
  readonly file: string;
  readonly index: number;
  readonly source: string;
  /** The trace that the sender was in, where the capture noted it. */
  readonly traceId: string | undefined;
  /** In the AWS SDK's spelling, whichever the file has. */
  readonly attributes: MessageAttributes;
}

/** One Kafka message. */
export interface RecordVector {
  readonly file: string;
  readonly index: number;
  readonly source: string;
  readonly headers: Record<string, string>;
}

type Json = Record<string, unknown>;

export function sqsVectors(): MessageVector[] {
  return filesWhere((file) => !file.startsWith('kafka/')).flatMap(([file, content]) => {
    const root = content._root as { trace_id: string } | undefined;
    return messagesOf(content).map((message, index) => ({
      file,
      index,
      source: sourceOf(file, content),
      traceId: root?.trace_id,
      attributes: attributesOf(message),
    }));
  });
}

export function kafkaVectors(): RecordVector[] {
  return filesWhere((file) => file.startsWith('kafka/')).flatMap(([file, content]) =>
    (content.messages as { headers: Record<string, string> }[]).map(({ headers }, index) => ({
      file,
      index,
      source: sourceOf(file, content),
      headers,
    })),
  );
}

/** The events of a Lambda function on a queue, as they stand in the files. */
export function lambdaEvents(): { file: string; event: { Records: Json[] } }[] {
  return filesWhere(() => true).flatMap(([file, content]) => {
    const event = (content.event ?? content) as { Records?: Json[] };
    return event.Records ? [{ file, event: { Records: event.Records } }] : [];
  });
}

function filesWhere(predicate: (file: string) => boolean): [file: string, content: Json][] {
  return readdirSync(VECTORS, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.json') && predicate(file))
    .sort()
    .map((file) => [file, JSON.parse(readFileSync(join(VECTORS, file), 'utf8'))]);
}

function sourceOf(file: string, { _source: source }: Json): string {
  if (source === undefined) return file;
  if (typeof source === 'string') return source;
  const { library, version } = source as { library: string; version: string };
  return `${library} ${version}`;
}

function messagesOf(content: Json): Json[] {
  const { Records } = (content.event ?? content) as { Records?: Json[] };
  if (Records) return Records;
  const requests = (content.requests as { body: Json | string }[] | undefined)?.map(({ body }) => body);
  return (requests ?? [content.request as Json]).flatMap((body) => {
    const input = typeof body === 'string' ? Object.fromEntries(new URLSearchParams(body)) : body;
    if ('Action' in input) return messagesOfQuery(input as Record<string, string>);
    return (input.Entries as Json[] | undefined) ?? [input];
  });
}

/** `MessageAttribute.1.Name=…&MessageAttribute.1.Value.StringValue=…`, in a batch behind the entry's number. */
function messagesOfQuery(query: Record<string, string>): Json[] {
  const messages = new Map<string, Map<string, Json>>();
  for (const [parameter, value] of Object.entries(query)) {
    const match = /^(SendMessageBatchRequestEntry\.\d+\.)?(MessageAttribute\.\d+)\.(?:Value\.)?(\w+)$/.exec(parameter);
    if (!match) continue;
    const [, entry = '', number = '', part = ''] = match;
    const attributes = messages.get(entry) ?? new Map<string, Json>();
    messages.set(entry, attributes.set(number, { ...attributes.get(number), [part]: value }));
  }
  return [...messages.values()].map((attributes) => ({
    MessageAttributes: Object.fromEntries(
      [...attributes.values()].map(({ Name, ...attribute }) => [String(Name), attribute]),
    ),
  }));
}

function attributesOf({ MessageAttributes, messageAttributes }: Json): MessageAttributes {
  if (messageAttributes === undefined) return (MessageAttributes ?? {}) as MessageAttributes;
  return Object.fromEntries(
    Object.entries(messageAttributes as Record<string, { dataType: string; stringValue: string }>).map(
      ([name, { dataType, stringValue }]) => [name, { DataType: dataType, StringValue: stringValue }],
    ),
  );
}
