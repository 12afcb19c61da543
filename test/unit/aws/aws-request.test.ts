import { expect, test } from 'vitest';
import { isAwsSdkRequest } from '../../../src/aws/aws-request.ts';

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
