import { isObject } from '../carriers/is-object';
import { propertiesOf } from '../carriers/properties-of';
import { type InferredSpan, type Invocation, inferredSpan, text, textIn } from './inferred-span';
import { millisTime } from './message-source';

type Properties = Readonly<Record<string, unknown>>;

/** The service that has sent a request on to the function: API Gateway (REST, HTTP, websocket) or a function URL. */
export function requestSpan(event: unknown, invocation: Invocation): InferredSpan | undefined {
  const { requestContext, ...properties } = propertiesOf(event);
  if (!isObject(requestContext)) return undefined;
  const request = propertiesOf(requestContext);
  const domain = textIn(request.domainName);
  if (domain.includes('lambda-url')) return urlSpan(properties, request, domain, invocation);
  const isHttpApi = properties.version === '2.0' && properties.rawQueryString !== undefined;
  const isRestApi =
    request.stage !== undefined && properties.httpMethod !== undefined && properties.resource !== undefined;
  if (isHttpApi || isRestApi || request.messageDirection !== undefined)
    return gatewaySpan(properties, request, { domain, isHttpApi: isHttpApi && !isRestApi }, invocation);
  return undefined;
}

interface Gateway {
  readonly domain: string;
  readonly isHttpApi: boolean;
}

function gatewaySpan(
  event: Properties,
  request: Properties,
  { domain, isHttpApi }: Gateway,
  invocation: Invocation,
): InferredSpan | undefined {
  const start = millisTime(isHttpApi ? request.timeEpoch : request.requestTimeEpoch);
  if (start === undefined) return undefined;
  const path = firstText(event.rawPath, request.path, request.routeKey);
  const method = methodOf(request);
  const api = textIn(request.apiId);
  const isAnswered = propertiesOf(event.headers)['X-Amz-Invocation-Type'] !== 'Event';
  const named = {
    name: domain,
    mapped: api,
    kind: 'lambda_api_gateway',
    fallback: domain,
    type: 'web',
    resource: `${method || domain} ${resourcePath(event, request)}`,
  };
  const span = inferredSpan(isHttpApi ? 'aws.httpapi' : 'aws.apigateway', start, named, invocation, {
    'http.url': `https://${domain}${path}`,
    'http.method': method || undefined,
    endpoint: path,
    apiid: api,
    stage: method ? text(request.stage) : undefined,
    domain_name: method ? domain : undefined,
    message_direction: text(request.messageDirection),
    connection_id: text(request.connectionId),
    event_type: text(request.eventType),
    dd_resource_key: resourceKey(api, isHttpApi, invocation),
    '_inferred_span.synchronicity': isAnswered ? 'sync' : 'async',
  });
  return { ...span, isAnswered };
}

function urlSpan(event: Properties, request: Properties, domain: string, invocation: Invocation) {
  const start = millisTime(request.timeEpoch);
  if (start === undefined) return undefined;
  const path = textIn(event.rawPath);
  const method = methodOf(request);
  const named = {
    name: domain,
    mapped: textIn(request.apiId),
    kind: 'lambda_url',
    fallback: domain,
    type: 'http',
    resource: `${method || domain} ${path}`,
  };
  const span = inferredSpan('aws.lambda.url', start, named, invocation, {
    'http.url': `https://${domain}${path}`,
    'http.method': method || undefined,
    endpoint: path,
    '_inferred_span.synchronicity': 'sync',
  });
  return { ...span, isAnswered: true };
}

function methodOf({ httpMethod, http }: Properties): string {
  return firstText(httpMethod, propertiesOf(http).method);
}

/** A route with a parameter in it stands for the paths that it matches. */
function resourcePath(event: Properties, { routeKey, resourcePath }: Properties): string {
  const route = textIn(routeKey);
  return (route.includes('{') && route.split(' ')[1]) || firstText(event.rawPath, resourcePath, route);
}

function resourceKey(api: string, isHttpApi: boolean, { functionArn }: Invocation): string | undefined {
  const region = functionArn?.split(':')[3];
  return region && api ? `arn:aws:apigateway:${region}::/${isHttpApi ? 'apis' : 'restapis'}/${api}` : undefined;
}

function firstText(...values: unknown[]): string {
  return values.map(textIn).find((value) => value) ?? '';
}
