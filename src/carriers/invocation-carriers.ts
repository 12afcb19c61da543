import { isObject } from './is-object';
import { carriersOfEvent } from './message-carriers';
import { propertiesOf } from './properties-of';

/** The headers of a request that a Lambda function answers, from API Gateway (v1, v2), ALB, a function URL or AppSync. */
export function* carriersOfRequest(event: unknown): Generator<object> {
  const { headers, multiValueHeaders, request } = propertiesOf(event);
  const found = headers ?? multiValueHeaders ?? propertiesOf(request).headers;
  if (isObject(found)) yield withLowerCaseNames(found);
}

/**
 * Where the JSON that a Lambda function is called with may carry a context: in EventBridge's detail, and in
 * what a Step Functions state passes on, the input of the execution, the same inside the payload of an `Invoke` (`Payload`), or inside
 * the state machine's context object (`Execution.Input`), which a Datadog-instrumented definition merges with it or puts into `_datadog`.
 */
export function* carriersOfInput(event: unknown): Generator<object> {
  yield* carriersOfEvent(event);
  const { Payload } = propertiesOf(event);
  for (const input of [Payload, event]) {
    if (!isObject(input)) continue;
    yield input;
    for (const each of [input, propertiesOf(input)._datadog]) {
      const { Input } = propertiesOf(propertiesOf(each).Execution);
      if (isObject(Input)) yield Input;
    }
  }
}

/** The `custom` of a client context, which whoever invokes the function may fill; runtimes and SDKs differ in its case. */
export function* carriersOfClientContext(lambdaContext: unknown): Generator<object> {
  const { custom, Custom } = propertiesOf(propertiesOf(lambdaContext).clientContext);
  for (const each of [custom, Custom]) if (isObject(each)) yield each;
}

/** HTTP's names have no case; API Gateway and load balancers keep the one that the client used. */
function withLowerCaseNames(headers: object): object {
  const names = Object.keys(headers);
  if (names.every((name) => name === name.toLowerCase())) return headers;
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
