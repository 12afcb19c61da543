// A service in one file: esbuild puts the AWS SDK, OpenTelemetry and the bridge into it, so that nothing can instrument it from outside.
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { awsSdkPlugin, DatadogPropagator, DatadogSpanProcessor } from 'otel-datadog-bridge';

const { OTEL_SERVICE_NAME = 'orders', QUEUE_URL: QueueUrl, PORT = '3000' } = process.env;
const spanProcessors = [new DatadogSpanProcessor(), new BatchSpanProcessor(new OTLPTraceExporter())];
const resource = resourceFromAttributes({ 'service.name': OTEL_SERVICE_NAME });
new NodeTracerProvider({ resource, spanProcessors }).register({ propagator: new DatadogPropagator() });

const sqs = new SQSClient();
sqs.middlewareStack.use(awsSdkPlugin());

const sends = {
  '/single': (order) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(order) })),
  '/batch': (orders) => {
    const Entries = orders.map((order, index) => ({ Id: String(index), MessageBody: JSON.stringify(order) }));
    return sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  },
};

createServer((request, response) => {
  const parent = propagation.extract(ROOT_CONTEXT, request.headers);
  const name = `POST ${request.url}`;
  trace.getTracer('orders').startActiveSpan(name, { kind: SpanKind.SERVER }, parent, async (span) => {
    try {
      await sends[request.url](await json(request));
      response.end('sent');
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
    span.end();
  });
}).listen(Number(PORT), '127.0.0.1');
