import { isObject } from '../carriers/is-object';

// https://github.com/smithy-lang/smithy-typescript/blob/main/packages/util-retry/src/constants.ts
const INVOCATION_ID = 'amz-sdk-invocation-id';

/**
 * Whether an AWS SDK v3 client sends a request with these headers, as `http.request` or undici have them. The call has
 * a span already, and a tracer's headers on a signed request have broken signatures (dd-trace-py#19358).
 */
export function isAwsSdkRequest(headers: unknown): boolean {
  if (typeof headers === 'string') return headers.includes(`${INVOCATION_ID}:`);
  if (Array.isArray(headers)) return headers.includes(INVOCATION_ID);
  return isObject(headers) && INVOCATION_ID in headers;
}

// Regions, and the partition of China; a custom domain is not to be told from any other host.
const API_GATEWAY = /^(?:https?:\/\/)?[a-z0-9-]+\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?(?::\d+)?\/?$/i;

/** Whether a host, or an origin, is an API Gateway: behind it is no AWS service but a service of the application's owner. */
export function isApiGateway(host: unknown): boolean {
  return typeof host === 'string' && API_GATEWAY.test(host);
}
