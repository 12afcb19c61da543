import { expect, test } from 'vitest';
import { isApiGateway, isAwsSdkRequest } from '../../../src/aws/aws-request.ts';

test.each([
  ['an object', { host: 'sqs', 'amz-sdk-invocation-id': 'id' }, { host: 'sqs' }],
  ['names and values in turn', ['host', 'sqs', 'amz-sdk-invocation-id', 'id'], ['host', 'sqs']],
  ['lines', 'host: sqs\r\namz-sdk-invocation-id: id\r\n', 'host: sqs\r\n'],
])("the AWS SDK's headers as %s", (_form, ofTheSdk, ofOthers) => {
  expect(isAwsSdkRequest(ofTheSdk)).toBe(true);
  expect(isAwsSdkRequest(ofOthers)).toBe(false);
});

test.each([undefined, null, ''])('%j is nobody’s', (headers) => {
  expect(isAwsSdkRequest(headers)).toBe(false);
});

test.each([
  'abc123.execute-api.eu-west-1.amazonaws.com',
  'https://abc123.execute-api.eu-west-1.amazonaws.com',
  'abc123.execute-api.cn-north-1.amazonaws.com.cn:443',
  'abc123-vpce-1.execute-api.us-east-1.amazonaws.com',
])('%s is an API Gateway', (host) => {
  expect(isApiGateway(host)).toBe(true);
});

test.each([
  'sqs.eu-west-1.amazonaws.com',
  'abc.execute-api.eu-west-1.amazonaws.com.example.org',
  'execute-api.eu-west-1.amazonaws.com',
  'https://example.org/abc.execute-api.eu-west-1.amazonaws.com',
  undefined,
  null,
])('%s is none', (host) => {
  expect(isApiGateway(host)).toBe(false);
});
