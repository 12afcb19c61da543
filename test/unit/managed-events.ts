// Events of Lambda's other sources, as AWS documents them, cut down to what bears on where they come from.
import type { Json } from './vectors.ts';

const TIME = 1795359982699;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html */
export function restApiEvent(headers: Record<string, string> = {}): Json {
  return {
    resource: '/orders/{id}',
    path: '/orders/7',
    httpMethod: 'POST',
    headers,
    requestContext: {
      apiId: 'api1',
      domainName: 'api1.execute-api.us-east-1.amazonaws.com',
      httpMethod: 'POST',
      path: '/prod/orders/7',
      requestTimeEpoch: TIME,
      resourcePath: '/orders/{id}',
      stage: 'prod',
    },
    body: '{"order":1}',
    isBase64Encoded: false,
  };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export function httpApiEvent(headers: Record<string, string> = {}, routeKey = '$default'): Json {
  return {
    version: '2.0',
    routeKey,
    rawPath: '/orders/7',
    rawQueryString: '',
    headers,
    requestContext: {
      apiId: 'api2',
      domainName: 'api2.execute-api.us-east-1.amazonaws.com',
      http: { method: 'POST', path: '/orders/7', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'agent' },
      routeKey,
      stage: '$default',
      timeEpoch: TIME,
    },
    isBase64Encoded: false,
  };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html */
export function webSocketEvent(headers: Record<string, string> = {}): Json {
  return {
    headers,
    requestContext: {
      routeKey: '$connect',
      eventType: 'CONNECT',
      messageDirection: 'IN',
      stage: 'prod',
      requestTimeEpoch: TIME,
      domainName: 'api3.execute-api.us-east-1.amazonaws.com',
      connectionId: 'Fc5SzcoYGjQCJlg=',
      apiId: 'api3',
    },
    isBase64Encoded: false,
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html */
export function urlEvent(headers: Record<string, string> = {}): Json {
  const { requestContext, ...event } = httpApiEvent(headers);
  return {
    ...event,
    requestContext: {
      ...(requestContext as Json),
      apiId: 'url1',
      domainName: 'url1.lambda-url.us-east-1.on.aws',
    },
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
export function tableRecord(): Json {
  return {
    eventID: 'c4ca4238a0b923820dcc509a6f75849b',
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    dynamodb: {
      ApproximateCreationDateTime: 1795359982,
      Keys: { Id: { N: '101' } },
      SequenceNumber: '4421584500000000017450439091',
      SizeBytes: 26,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
    eventSourceARN: 'arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-11-10T00:00:00.000',
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html */
export function bucketRecord(): Json {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'us-east-1',
    eventTime: '2026-11-22T15:06:22.699Z',
    eventName: 'ObjectCreated:Put',
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: '828aa6fc-f7b5-4305-8584-487c791949c1',
      bucket: { name: 'invoices', ownerIdentity: { principalId: 'A3I5XTEXAMAI3E' }, arn: 'arn:aws:s3:::invoices' },
      object: { key: 'invoice.pdf', size: 1305107, eTag: 'b21b84d653bb07b05b1e6b33684dc11b', sequencer: '0C0F6F' },
    },
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
export function scheduledEvent(): Json {
  return {
    version: '0',
    id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '123456789012',
    time: '2026-11-22T15:06:22Z',
    region: 'us-east-1',
    resources: ['arn:aws:events:us-east-1:123456789012:rule/my-scheduled-rule'],
    detail: {},
  };
}
