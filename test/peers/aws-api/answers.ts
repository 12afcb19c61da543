import { createHash } from 'node:crypto';
import type { WireMessage } from '../sqs-protocol.ts';
import { type AwsAnswer, type AwsRequest, isForm } from './server.ts';

/** That all went well, as the operation's service says it; SDKs check the MD5 of a body that a queue gives. */
export function success(request: AwsRequest): AwsAnswer {
  if (isForm(request.headers)) {
    const { operation } = request;
    const result = operation === 'Publish' ? '<MessageId>1</MessageId>' : '<Successful/><Failed/>';
    return xml(200, `<${operation}Response><${operation}Result>${result}</${operation}Result></${operation}Response>`);
  }
  if (request.operation === 'Invoke') return json(200, 'done');
  if (request.operation === 'InvokeWithResponseStream') {
    // A stream without an event.
    return { status: 200, headers: { 'content-type': 'application/vnd.amazon.eventstream' }, body: '' };
  }
  const input = JSON.parse(request.body.toString());
  switch (request.operation) {
    case 'SendMessage':
      return json(200, { MessageId: '1', MD5OfMessageBody: md5(input.MessageBody) });
    case 'SendMessageBatch': {
      const entries: { Id: string; MessageBody: string }[] = input.Entries;
      const Successful = entries.map(({ Id, MessageBody }) => ({
        Id,
        MessageId: Id,
        MD5OfMessageBody: md5(MessageBody),
      }));
      return json(200, { Successful, Failed: [] });
    }
    case 'PutRecord':
      return json(200, { ShardId: '1', SequenceNumber: '1' });
    case 'PutRecords':
      return json(200, { FailedRecordCount: 0, Records: [] });
    case 'PutEvents':
      return json(200, { FailedEntryCount: 0, Entries: [] });
    default:
      return json(200, { executionArn: 'arn', startDate: 0 });
  }
}

/** What Kinesis's `GetRecords` gives of a shard with this one record in it. */
export function records(data: string): AwsAnswer {
  const record = { Data: Buffer.from(data).toString('base64'), PartitionKey: 'key', SequenceNumber: '1' };
  return json(200, { Records: [record], MillisBehindLatest: 0 });
}

/** What SQS's `ReceiveMessage` gives of a queue with these messages in it: the attributes that it is asked for, and no other. */
export function messages({ body }: AwsRequest, ...queued: WireMessage[]): AwsAnswer {
  const { MessageAttributeNames: asked = [] }: { MessageAttributeNames?: string[] } = JSON.parse(body.toString());
  const Messages = queued.map((message, index) => {
    const attributes = Object.entries(message.MessageAttributes ?? {}).filter(
      ([name]) => asked.includes('All') || asked.includes(name),
    );
    const MessageAttributes = attributes.length > 0 ? Object.fromEntries(attributes) : undefined;
    const id = String(index + 1);
    const received = { MessageId: id, ReceiptHandle: 'handle', Body: message.Body, MD5OfBody: md5(message.Body) };
    return { ...received, MessageAttributes };
  });
  return json(200, { Messages });
}

/** That AWS has a bad moment, which every SDK tries again. */
export function serverError(request: AwsRequest): AwsAnswer {
  return failure(request, 500, 'InternalFailure');
}

/** That there are too many calls, which every SDK tries again. */
export function throttling(request: AwsRequest, status: 400 | 429): AwsAnswer {
  return failure(request, status, 'ThrottlingException');
}

function failure({ headers }: AwsRequest, status: number, code: string): AwsAnswer {
  if (isForm(headers)) return xml(status, `<ErrorResponse><Error><Code>${code}</Code></Error></ErrorResponse>`);
  const answer = json(status, { __type: code, message: code });
  return { ...answer, headers: { ...answer.headers, 'x-amzn-errortype': code } };
}

function json(status: number, body: unknown): AwsAnswer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(body) };
}

function xml(status: number, body: string): AwsAnswer {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
