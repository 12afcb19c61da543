import type { RequestOptions } from 'node:http';

// https://github.com/smithy-lang/smithy-typescript/blob/main/packages/util-retry/src/constants.ts
const INVOCATION_ID = 'amz-sdk-invocation-id';

/**
 * Whether an AWS SDK v3 client sends this HTTP request. The call has a span already, and a tracer's headers on a signed
 * request have broken signatures (dd-trace-py#19358).
 */
export function isAwsSdkRequest({ headers }: Pick<RequestOptions, 'headers'>): boolean {
  return typeof headers === 'object' && headers !== null && INVOCATION_ID in headers;
}
