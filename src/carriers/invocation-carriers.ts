import { isObject } from './is-object';
import { parseJsonObject } from './json-object';
import { carriersOfEvent } from './message-carriers';
import { propertiesOf } from './properties-of';
import { carrierOfState } from './state-machine';

/**
 * Of a request that a Lambda function answers, from API Gateway (v1, v2), ALB, a function URL or AppSync: what a function that authorizes it has passed on, and
 * its headers. `authorized`: whether the former counts.
 */
export function* carriersOfRequest(event: unknown, authorized: boolean): Generator<object> {
  const { headers, multiValueHeaders, request, requestContext } = propertiesOf(event);
  const authorizer = authorized ? carrierOfAuthorizer(requestContext) : undefined;
  if (authorizer !== undefined) yield authorizer;
  const found = headers ?? multiValueHeaders ?? propertiesOf(request).headers;
  if (isObject(found)) yield withLowerCaseNames(found);
}

/** Of 16 KiB in base64. */
const MAX_AUTHORIZER_LENGTH = 22 * 1024;

/** Where the JSON that a Lambda function is called with may carry a context: EventBridge's detail, or the input of a task. */
export function* carriersOfInput(event: unknown): Generator<object> {
  yield* carriersOfEvent(event);
  const { Payload } = propertiesOf(event);
  for (const input of [Payload, event]) yield* carriersOfTask(input);
}

/**
 * What a Step Functions task passes on: the state machine's context object, by itself, merged with the input of the execution or put into
 * its `_datadog`; or that input alone, in which whoever started the execution may have put one.
 */
function* carriersOfTask(input: unknown): Generator<object> {
  if (!isObject(input)) return;
  const { _datadog } = propertiesOf(input);
  const contextObject = propertiesOf(isObject(_datadog) ? _datadog : input);
  const state = carrierOfState(contextObject);
  if (state !== undefined) yield state;
  yield input;
  const { Input } = propertiesOf(contextObject.Execution);
  if (isObject(Input)) yield Input;
}

/**
 * The `custom` of a client context, which whoever invokes the function may fill; AWS documents it as `Custom`.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
 */
export function* carriersOfClientContext(lambdaContext: unknown): Generator<object> {
  const { custom, Custom } = propertiesOf(propertiesOf(lambdaContext).clientContext);
  for (const each of [custom, Custom]) if (isObject(each)) yield each;
}

const AUTHORIZING_REQUEST_ID = 'x-datadog-authorizing-requestid';

/**
 * What an authorizer under Datadog's layer puts into the context that it returns: base64 of a text map. API Gateway keeps an authorizer's answer for requests
 * that come after; those are no work of its trace, and are told by their latency or their id.
 * https://github.com/DataDog/datadog-lambda-js/blob/main/src/trace/context/extractors/http.ts
 */
function carrierOfAuthorizer(requestContext: unknown): object | undefined {
  const { authorizer, requestId } = propertiesOf(requestContext);
  const { lambda, integrationLatency, _datadog = propertiesOf(lambda)._datadog } = propertiesOf(authorizer);
  if (typeof _datadog !== 'string' || _datadog.length > MAX_AUTHORIZER_LENGTH) return undefined;
  const fields = parseJsonObject(Buffer.from(_datadog, 'base64').toString('utf8'));
  if (Number(integrationLatency) > 0) return fields;
  return requestId !== undefined && propertiesOf(fields)[AUTHORIZING_REQUEST_ID] === requestId ? fields : undefined;
}

/** HTTP's names have no case; API Gateway and load balancers keep the one that the client used. */
function withLowerCaseNames(headers: object): object {
  const names = Object.keys(headers);
  if (names.every((name) => name === name.toLowerCase())) return headers;
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
