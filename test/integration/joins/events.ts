// What AWS makes of a message on its way to a function, as it documents it. Nothing that carries a context is changed here.
import type { SentMessage } from '../../peers/aws-api/sent-messages.ts';
import type { WireMessage } from '../../peers/sqs-protocol.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export function sqsEvent({ Body, MessageAttributes = {} }: WireMessage, system: Record<string, string> = {}) {
  const messageAttributes = Object.fromEntries(
    Object.entries(MessageAttributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        ...(StringValue !== undefined && { stringValue: StringValue }),
        ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
        stringListValues: [],
        binaryListValues: [],
        dataType: DataType,
      },
    ]),
  );
  const record = {
    messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
    receiptHandle: 'handle',
    body: Body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '1545082649183',
      SenderId: 'AIDAIENQZJOLO23YVJ4VO',
      ApproximateFirstReceiveTimestamp: '1545082649185',
      ...system,
    },
    messageAttributes,
    md5OfBody: '098f6bcd4621d373cade4e832627b4f6',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:queue',
    awsRegion: 'us-east-1',
  };
  return { Records: [record] };
}

/** Of the envelope that SNS hands to a queue. https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
export function snsEvent(envelope: string) {
  const { SigningCertURL, UnsubscribeURL, ...notification } = JSON.parse(envelope);
  const record = {
    EventVersion: '1.0',
    EventSubscriptionArn: 'arn:aws:sns:us-east-1:000000000000:topic:21be56ed-a058-49f5-8c98-aedd2564c486',
    EventSource: 'aws:sns',
    Sns: { ...notification, SigningCertUrl: SigningCertURL, UnsubscribeUrl: UnsubscribeURL },
  };
  return { Records: [record] };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html */
export function eventBridgeEvent({ text }: SentMessage) {
  return {
    version: '0',
    id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
    'detail-type': 'order',
    source: 'shop',
    account: '000000000000',
    time: '2026-11-22T18:43:48Z',
    region: 'us-east-1',
    resources: [],
    detail: JSON.parse(text),
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
export function kinesisEvent({ text }: SentMessage) {
  const record = {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: 'key',
      sequenceNumber: '49590338271490256608559692538361571095921575989136588898',
      data: Buffer.from(text).toString('base64'),
      approximateArrivalTimestamp: 1545084650.987,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: 'shardId-000000000006:49590338271490256608559692538361571095921575989136588898',
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::000000000000:role/lambda-role',
    awsRegion: 'us-east-1',
    eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/stream',
  };
  return { Records: [record] };
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
function contextObject(input: unknown) {
  return {
    Execution: {
      Id: 'arn:aws:states:us-east-1:000000000000:execution:machine:85a9933e-9e11-83dc-6a61-b92367b6c3be',
      Input: input,
      StartTime: '2026-11-08T21:08:16.224Z',
      Name: '85a9933e-9e11-83dc-6a61-b92367b6c3be',
      RoleArn: 'arn:aws:iam::000000000000:role/machine',
      RedriveCount: 0,
    },
    State: { Name: 'Lambda', EnteredTime: '2026-11-08T21:08:16.931Z', RetryCount: 0 },
    StateMachine: { Id: 'arn:aws:states:us-east-1:000000000000:stateMachine:machine', Name: 'machine' },
  };
}

/** The payload `"Payload.$": "$$"` of a task. */
export function contextObjectEvent({ text }: SentMessage) {
  return contextObject(JSON.parse(text));
}

/**
 * The payload of a task as Datadog's tools define it, in JSONata.
 * https://docs.datadoghq.com/serverless/step_functions/merge-step-functions-lambda/
 */
export function mergedContextEvent({ text }: SentMessage) {
  const { _datadog, ...input } = JSON.parse(text);
  const { 'x-datadog-trace-id': id, 'x-datadog-tags': tags } = _datadog ?? {};
  const { Execution, State, StateMachine } = contextObject(input);
  const root =
    id === undefined ? { RootExecutionId: Execution.Id } : { 'x-datadog-trace-id': id, 'x-datadog-tags': tags };
  return { ...input, _datadog: { Execution, State, StateMachine, ...root, 'serverless-version': 'v1' } };
}
