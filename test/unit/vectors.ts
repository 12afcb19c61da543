import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageAttributes } from '../../src/carriers/message-attributes.ts';

const VECTORS = join(import.meta.dirname, '../vectors');

interface Vector {
  readonly file: string;
  readonly index: number;
  readonly source: string;
  /** The trace that the sender was in, where the capture noted it. */
  readonly traceId: string | undefined;
}

/** One message as a real tracer put it on a queue, or gave it to a topic. */
export interface MessageVector extends Vector {
  /** In the AWS SDK's spelling, whichever the file has; what is binary as the text that it holds. */
  readonly attributes: MessageAttributes;
}

/** One record, event or execution, whose context is in its JSON. */
export interface BodyVector extends Vector {
  readonly kind: 'kinesis' | 'eventbridge' | 'stepfunctions';
  readonly text: string;
}

/** One call of a Lambda function. */
export interface InvocationVector extends Vector {
  readonly clientContext: Json | undefined;
  readonly payload: Json;
}

/** One request that a Lambda function answers. */
export interface RequestVector extends Vector {
  readonly headers: Record<string, string>;
  readonly event: Json;
}

/** One Kafka message. */
export interface RecordVector {
  readonly file: string;
  readonly index: number;
  readonly source: string;
  readonly headers: Record<string, string>;
}

export type Json = Record<string, unknown>;

export function sqsVectors(): MessageVector[] {
  return messageVectors(/^(?:prop-)?sqs-|^lambda-event|^received-orders/);
}

export function snsVectors(): MessageVector[] {
  return messageVectors(/^(?:prop-)?sns-/);
}

function messageVectors(names: RegExp): MessageVector[] {
  return vectorsOf(names, messagesOf).map(({ value, ...vector }) => ({ ...vector, attributes: attributesOf(value) }));
}

export function bodyVectors(): BodyVector[] {
  return [
    ...vectorsOf(/^(?:prop-)?kinesis-/, (content) => requestsOf(content).flatMap(recordsOf)).map((vector) =>
      bodyVector('kinesis', vector, Buffer.from(String(vector.value.Data), 'base64').toString()),
    ),
    ...vectorsOf(/^(?:prop-)?eventbridge-/, (content) =>
      requestsOf(content).flatMap(({ Entries }) => Entries as Json[]),
    ).map((vector) => bodyVector('eventbridge', vector, String(vector.value.Detail))),
    ...vectorsOf(/^(?:prop-)?(?:sfn|stepfunctions)-/, requestsOf).map((vector) =>
      bodyVector('stepfunctions', vector, String(vector.value.input)),
    ),
  ];
}

function bodyVector(
  kind: BodyVector['kind'],
  { value: _, ...vector }: Vector & { value: Json },
  text: string,
): BodyVector {
  return { ...vector, kind, text };
}

const recordsOf = (request: Json) => (request.Records as Json[] | undefined) ?? [request];

export function invocationVectors(): InvocationVector[] {
  return vectorsOf(/^lambda-invoke/, ({ requests }) => requests as Json[]).map(({ value, ...vector }) => {
    const headers = Object.entries(value.headers as Record<string, string>);
    const header = headers.find(([name]) => name.toLowerCase() === 'x-amz-client-context')?.[1];
    const clientContext = header && JSON.parse(Buffer.from(header, 'base64').toString());
    return { ...vector, clientContext, payload: value.body as Json };
  });
}

export function requestVectors(): RequestVector[] {
  return vectorsOf(/./, (content) => (content.event && content.headers ? [content] : [])).map(
    ({ value, ...vector }) => ({
      ...vector,
      headers: value.headers as Record<string, string>,
      event: value.event as Json,
    }),
  );
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

/** What functions that authorize requests have put into their answers. */
export function authorizerVectors(): { file: string; fields: Record<string, string> }[] {
  return filesWhere((file) => file.startsWith('datadog-lambda-js/')).map(([file, { answer }]) => {
    const { context } = answer as { context: { _datadog: string } };
    return { file, fields: JSON.parse(Buffer.from(context._datadog, 'base64').toString()) };
  });
}

/** The events of a Lambda function on a queue, as they stand in the files. */
export function lambdaEvents(): { file: string; event: { Records: Json[] } }[] {
  return filesWhere(() => true).flatMap(([file, content]) => {
    const event = (content.event ?? content) as { Records?: Json[] };
    return event.Records ? [{ file, event: { Records: event.Records } }] : [];
  });
}

/** What the files whose names match have, each part with where it comes from. */
function vectorsOf(names: RegExp, partsOf: (content: Json) => Json[]): (Vector & { value: Json })[] {
  const matching = filesWhere((file) => !file.startsWith('kafka/') && names.test(file.split('/').at(-1) ?? ''));
  return matching.flatMap(([file, content]) => {
    const root = content._root as { trace_id: string } | undefined;
    const vector = { file, source: sourceOf(file, content), traceId: root?.trace_id };
    return partsOf(content).map((value, index) => ({ ...vector, index, value }));
  });
}

function filesWhere(predicate: (file: string) => boolean): [file: string, content: Json][] {
  return readdirSync(VECTORS, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.json') && !file.startsWith('events/') && predicate(file))
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
  return Records ?? requestsOf(content).flatMap((input) => (input.Entries as Json[] | undefined) ?? [input]);
}

/** The inputs of the calls, those in AWS's query protocol too. */
function requestsOf(content: Json): Json[] {
  const requests = (content.requests as { body: Json | string }[] | undefined)?.map(({ body }) => body);
  return (requests ?? [content.request as Json]).flatMap((body) => {
    const input = typeof body === 'string' ? Object.fromEntries(new URLSearchParams(body)) : body;
    return 'Action' in input ? messagesOfQuery(input as Record<string, string>) : [input];
  });
}

const ENTRY = /^(?:SendMessageBatchRequestEntry|PublishBatchRequestEntries\.member)\.\d+\./;
const ATTRIBUTE = /^MessageAttributes?\.(?:entry\.)?(\d+)\.(?:Value\.)?(\w+)$/;

/** `MessageAttribute.1.Name=…&MessageAttribute.1.Value.StringValue=…`, in a batch behind the entry's number. */
function messagesOfQuery(query: Record<string, string>): Json[] {
  const messages = new Map<string, Map<string, Json>>();
  for (const [parameter, value] of Object.entries(query)) {
    const [entry = ''] = ENTRY.exec(parameter) ?? [];
    const match = ATTRIBUTE.exec(parameter.slice(entry.length));
    if (!match && entry === '') continue;
    const attributes = messages.get(entry) ?? new Map<string, Json>();
    messages.set(entry, attributes);
    if (!match) continue;
    const [, number = '', part = ''] = match;
    attributes.set(number, { ...attributes.get(number), [part]: value });
  }
  return [...messages.values()].map((attributes) => ({
    MessageAttributes: Object.fromEntries(
      [...attributes.values()].map(({ Name, ...attribute }) => [String(Name), attribute]),
    ),
  }));
}

function attributesOf({ MessageAttributes, messageAttributes = MessageAttributes }: Json): MessageAttributes {
  const attributes = (messageAttributes ?? {}) as Record<string, Record<string, string>>;
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => {
      const { DataType = '', dataType = DataType, StringValue, stringValue = StringValue, BinaryValue } = attribute;
      const text = stringValue ?? Buffer.from(BinaryValue ?? '', 'base64').toString();
      return [name, { DataType: dataType, StringValue: text }];
    }),
  );
}
