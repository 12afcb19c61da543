// What AWS makes of a message between the one who sends it and the one who receives it, as its documentation has it.
import type { MessageAttributes } from '../../src/carriers/message-attributes.ts';
import type { Json } from './vectors.ts';

/** How a message arrives: as one that an application has received itself, as the event of a Lambda function, or as either. */
export interface Delivery {
  readonly how: string;
  readonly message?: object;
  readonly event?: object;
  readonly lambdaContext?: object;
}

const ARN = 'arn:aws:sns:us-east-1:123456789012:orders';
const TIME = '2026-11-22T15:06:22.699Z';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const bytes = (text: string) => new TextEncoder().encode(text);
const spelled = (attributes: MessageAttributes, spell: (type: string, text: string) => object) =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType = 'String', StringValue = '' }]) => [
      name,
      spell(DataType, StringValue),
    ]),
  );

/** In the record of a Lambda event. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
function inRecord(attributes: MessageAttributes): Json {
  const lists = { stringListValues: [], binaryListValues: [] };
  return spelled(attributes, (dataType, text) =>
    dataType.startsWith('Binary')
      ? { binaryValue: base64(text), ...lists, dataType }
      : { stringValue: text, ...lists, dataType },
  );
}

/** In what the AWS SDK receives. */
function inSdk(attributes: MessageAttributes): Json {
  return spelled(attributes, (DataType, text) =>
    DataType.startsWith('Binary') ? { BinaryValue: bytes(text), DataType } : { StringValue: text, DataType },
  );
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
function inNotification(attributes: MessageAttributes): Json {
  return spelled(attributes, (Type, text) => ({ Type, Value: Type.startsWith('Binary') ? base64(text) : text }));
}

export function sqsRecord(body: string, attributes: MessageAttributes = {}): Json {
  return {
    messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
    receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
    body,
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1795359982700', SenderId: 'AIDAIENQZJOLO23YVJ4VO' },
    messageAttributes: inRecord(attributes),
    md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:orders',
    awsRegion: 'us-east-1',
  };
}

/** The body that SNS gives to SQS, spaces before colons as SNS writes them. */
export function snsEnvelope(message: string, attributes: MessageAttributes = {}): string {
  const { MessageAttributes, ...members } = notification(message, attributes);
  const carried = Object.keys(attributes).length > 0 ? { MessageAttributes } : {};
  const lines = Object.entries({ ...members, ...carried }).map(
    ([name, value]) => `  "${name}" : ${JSON.stringify(value)}`,
  );
  return `{\n${lines.join(',\n')}\n}`;
}

function notification(message: string, attributes: MessageAttributes): Json {
  return {
    Type: 'Notification',
    MessageId: '1aa487cd-1ba0-4378-8e18-35ba269263e0',
    TopicArn: ARN,
    Message: message,
    Timestamp: TIME,
    SignatureVersion: '1',
    Signature: 'QMvspXSmmbN9XTjm9mDQGGZUDGLk093fC9M5pXd==',
    SigningCertURL: 'https://sns.example/SimpleNotificationService.pem',
    UnsubscribeURL: 'https://sns.example/?Action=Unsubscribe',
    MessageAttributes: inNotification(attributes),
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
export function snsRecord(message: string, attributes: MessageAttributes = {}): Json {
  return {
    EventSource: 'aws:sns',
    EventVersion: '1.0',
    EventSubscriptionArn: `${ARN}:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55`,
    Sns: notification(message, attributes),
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html, the detail byte for byte. */
export function eventBridgeEvent(detail: string): string {
  const envelope = {
    version: '0',
    id: 'b73dd820-de64-4dab-8625-2c06d79df02f',
    'detail-type': 'OrderPlaced',
    source: 'shop',
    account: '123456789012',
    time: '2026-11-22T15:06:22Z',
    region: 'us-east-1',
    resources: [],
  };
  return `${JSON.stringify(envelope).slice(0, -1)},"detail":${detail}}`;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
export function kinesisRecord(data: string): Json {
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: 'p',
      sequenceNumber: '49590338271490256608559692538361571095921575989136588898',
      data: base64(data),
      approximateArrivalTimestamp: 1795359982.7,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: 'shardId-000000000006:49590338271490256608559692538361571095921575989136588898',
    eventName: 'aws:kinesis:record',
    awsRegion: 'us-east-1',
    eventSourceARN: 'arn:aws:kinesis:us-east-1:123456789012:stream/orders',
  };
}

function records(how: string, record: object): Delivery {
  return { how, message: record, event: { Records: [record] } };
}

/** Of a message that was sent to a queue. */
export function sqsDeliveries(attributes: MessageAttributes): Delivery[] {
  return [
    { how: 'to the SDK', message: { Body: 'hello', MessageAttributes: inSdk(attributes) } },
    records('to a function', sqsRecord('hello', attributes)),
    records('to a dead letter queue, and back', {
      ...sqsRecord('{"order":1}', attributes),
      attributes: { ApproximateReceiveCount: '4', DeadLetterQueueSourceArn: 'arn:aws:sqs:us-east-1:123456789012:dead' },
    }),
  ];
}

/** Of a message that was published to a topic. */
export function snsDeliveries(attributes: MessageAttributes): Delivery[] {
  const envelope = snsEnvelope('hello', attributes);
  return [
    { how: 'in an envelope, to the SDK', message: { Body: envelope } },
    records('in an envelope, to a function', sqsRecord(envelope)),
    { how: 'raw, to the SDK', message: { Body: 'hello', MessageAttributes: inSdk(attributes) } },
    records('raw, to a function', sqsRecord('hello', attributes)),
    records('from the topic to a function', snsRecord('hello', attributes)),
  ];
}

/** Of an event that was put on a bus. */
export function eventBridgeDeliveries(detail: string): Delivery[] {
  const event = eventBridgeEvent(detail);
  return [
    { how: 'to a function', event: JSON.parse(event) },
    { how: 'to a queue and the SDK', message: { Body: event } },
    records('to a queue and a function', sqsRecord(event)),
    records('to a topic, in an envelope to a queue', sqsRecord(snsEnvelope(event))),
    records('to a topic, raw to a queue', sqsRecord(event)),
    records('to a topic and a function', snsRecord(event)),
    records('to a stream and a function', kinesisRecord(event)),
  ];
}

/** Of a record that was put on a stream. */
export function kinesisDeliveries(data: string): Delivery[] {
  return [
    { how: 'to the SDK', message: { SequenceNumber: '1', PartitionKey: 'p', Data: bytes(data) } },
    { how: 'in base64 to the SDK', message: { SequenceNumber: '1', PartitionKey: 'p', Data: bytes(base64(data)) } },
    records('to a function', kinesisRecord(data)),
    records('in base64 to a function', kinesisRecord(base64(data))),
  ];
}

/** Of the input of an execution. https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html */
export function stepFunctionsDeliveries(input: string): Delivery[] {
  const parsed = JSON.parse(input);
  return [
    { how: 'to a function', event: parsed },
    { how: 'to a function, as a payload', event: { FunctionName: 'ship', Payload: parsed } },
  ];
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
export function contextObject(Input: unknown, RetryCount = 0): { Execution: Json; State: Json; StateMachine: Json } {
  return {
    Execution: {
      Id: 'arn:aws:states:us-east-1:123456789012:execution:orders:85a9933e-9e11-83dc-6a61-b92367b6c3be',
      Input,
      StartTime: '2026-11-22T15:06:20.224Z',
      Name: '85a9933e-9e11-83dc-6a61-b92367b6c3be',
      RoleArn: 'arn:aws:iam::123456789012:role/orders',
      RedriveCount: 0,
    },
    State: { Name: 'ship', EnteredTime: '2026-11-22T15:06:22.931Z', RetryCount },
    StateMachine: { Id: 'arn:aws:states:us-east-1:123456789012:stateMachine:orders', Name: 'orders' },
  };
}
