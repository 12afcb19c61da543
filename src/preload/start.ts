import type { RequestOptions } from 'node:http';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { Attributes } from '@opentelemetry/api';
import { type Instrumentation, registerInstrumentations } from '@opentelemetry/instrumentation';

import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { NodeTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { AwsSdkInstrumentation } from '../aws/aws-instrumentation';
import { isApiGateway, isAwsSdkRequest } from '../aws/aws-request';
import { DECOY_HOOK } from '../aws/instrumentation-config';
import { DatadogPropagator } from '../carriers/datadog-propagator';
import { rememberHost } from '../carriers/destination';
import { destinationsFrom } from '../configuration/destinations';
import { booleanFrom, type Environment, firstSet, isTrue, positiveInteger } from '../configuration/environment';
import { checkOpenTelemetryVariables } from '../configuration/opentelemetry';
import { datadogNaming, operationNamesFrom } from '../configuration/operation-names';
import { spanLimits } from '../configuration/span-limits';
import { warn, warnOnce } from '../configuration/warning';
import { lambdaInstrumentationConfig } from '../consumers/lambda-instrumentation';
import { BatchExport, type BatchExportOptions } from '../tracing/export';
import { ExtensionAttributes } from '../tracing/extension-attributes';
import { flushTimeout, flushUntil } from '../tracing/flush-settings';
import type { InvocationExport } from '../tracing/invocation-export';
import { lambdaResourceAttributes } from '../tracing/lambda-resource';
import { type OtlpDestination, otlpDestination, withoutCredentials } from '../tracing/otlp';
import { datadogResourceAttributes, SERVICE_NAME } from '../tracing/resource';
import { lastDecision, SampledSpanProcessor } from '../tracing/sampled-export';
import { DatadogSampler } from '../tracing/sampler';
import { DatadogSpanProcessor } from '../tracing/span-processor';
import { applicationFolder } from './application-folder';
import { applicationName } from './application-name';
import { awsWriter } from './aws-writer';
import { logDiagnostics } from './diagnostics';
import { flushOnExit, flushOnSignal } from './flush-on-exit';
import { OutgoingHttpInstrumentation } from './http-instrumentation';
import { chosenInstrumentations, isInstrumented } from './instrumentations';
import { KafkaInstrumentation } from './kafkajs-instrumentation';
import { takeOverHandler, traceInvocations } from './lambda-function';
import { lateExporter } from './late-exporter';
import { assertAlone, warnOfOtherTracers } from './other-tracers';
import { addContextOnce } from './outgoing-headers';

/** What the last exports before the end may take: less than `flushOnExit` allows, so that a failure is still reported. */
const LAST_EXPORT_MILLIS = 1500;

/** Traced by us, and not by contrib's instrumentation of that name. */
const LAMBDA = 'aws-lambda';

export type IsExported = ReturnType<typeof lastDecision>;

/** Starts tracing in this process: spans for HTTP, the AWS SDK and a Lambda function's invocations, Datadog's propagation, export by OTLP. */
export function startTracing(env: NodeJS.ProcessEnv): void {
  assertAlone();
  logDiagnostics(env);
  checkOpenTelemetryVariables(env, 'otel-datadog-bridge/register');
  const lambdaFunction = isInstrumented(env, LAMBDA) ? takeOverHandler(env) : undefined;
  const spanProcessors: SpanProcessor[] = [
    new DatadogSpanProcessor({ operationNames: operationNamesFrom({ env }, datadogNaming(env)) }),
  ];
  if (lambdaFunction) spanProcessors.push(new ExtensionAttributes());
  let invocationExport: InvocationExport | undefined;
  const destination = exports(env) ? otlpDestination(env) : undefined;
  if (destination) {
    const exporting = (isExported: IsExported): SpanProcessor => {
      if (!lambdaFunction) return exportInBatches(destination, env, isExported);
      invocationExport = exportByInvocation(destination, env, isExported);
      return invocationExport;
    };
    spanProcessors.push(sampledExport(env, exporting));
  }
  const resource = defaultResource()
    .merge(resourceFromAttributes(namedByPlace(env)))
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(resourceFromAttributes(datadogResourceAttributes(env)));
  const sampler = new DatadogSampler({ env, service: resource.attributes[SERVICE_NAME]?.toString() });
  const tracerProvider = new NodeTracerProvider({ resource, sampler, spanProcessors, spanLimits: spanLimits(env) });
  tracerProvider.register({ propagator: new DatadogPropagator({ env }) });
  instrument(tracerProvider, env);
  warnOfOtherTracers();
  if (lambdaFunction) {
    traceInvocations(lambdaFunction, {
      tracer: tracerProvider.getTracer('otel-datadog-bridge/lambda'),
      hooks: lambdaInstrumentationConfig({}, { env }),
      flush: (limitMillis) => invocationExport?.forceFlush(limitMillis) ?? Promise.resolve(),
      flushLast: async () => invocationExport?.flushLast(),
      deadlineMarginMillis: destination ? Math.ceil(flushTimeout(destination, env) / 3) : 0,
    });
  }
}

/** What `make` exports by, of the traces that are kept, or of all. */
export function sampledExport(env: Environment, make: (isExported: IsExported) => SpanProcessor): SpanProcessor {
  const exportUnsampled = booleanFrom(env, 'OTEL_DATADOG_EXPORT_UNSAMPLED', false);
  return new SampledSpanProcessor(make(lastDecision(exportUnsampled)), { exportUnsampled });
}

/** What the application's folder and Lambda say of the resource, where nothing else does. */
export function namedByPlace(env: Environment): Attributes {
  const name = applicationName(applicationFolder(process.argv[1]));
  return { ...(name !== undefined && { [SERVICE_NAME]: name }), ...lambdaResourceAttributes(env) };
}

export function exportInBatches(destination: OtlpDestination, env: Environment, isExported: IsExported): SpanProcessor {
  const url = withoutCredentials(destination.url);
  const lastExporter = lateExporter(destination, LAST_EXPORT_MILLIS);
  return exportBatches({ url, exporter: lateExporter(destination), lastExporter, isExported }, env);
}

/** By these exporters, before the process ends too. */
export function exportBatches(exported: Omit<BatchExportOptions, 'buffer'>, env: Environment): SpanProcessor {
  const batchExport = new BatchExport({
    ...exported,
    buffer: {
      ...bufferSizes(env),
      scheduledDelayMillis: positiveInteger(env, 'OTEL_BSP_SCHEDULE_DELAY', 5000),
      exportTimeoutMillis: positiveInteger(env, 'OTEL_BSP_EXPORT_TIMEOUT', 30_000),
    },
  });
  flushOnExit(batchExport);
  return batchExport;
}

function exportByInvocation(destination: OtlpDestination, env: Environment, isExported: IsExported): InvocationExport {
  const { InvocationExport } = require('../tracing/invocation-export') as typeof import('../tracing/invocation-export');
  const { otlpSender } = require('../tracing/otlp-request') as typeof import('../tracing/otlp-request');
  const invocationExport = new InvocationExport({
    url: withoutCredentials(destination.url),
    send: otlpSender(destination),
    isExported,
    ...bufferSizes(env),
    flushTimeoutMillis: flushTimeout(destination, env),
    flushUntil: flushUntil(destination, env),
  });
  flushOnSignal(invocationExport);
  return invocationExport;
}

function bufferSizes(env: Environment): { maxQueueSize: number; maxExportBatchSize: number } {
  const maxQueueSize = positiveInteger(env, 'OTEL_BSP_MAX_QUEUE_SIZE', 2048);
  const maxExportBatchSize = positiveInteger(env, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', Math.min(512, maxQueueSize));
  if (maxExportBatchSize <= maxQueueSize) return { maxQueueSize, maxExportBatchSize };
  warnOnce(
    `OTEL_BSP_MAX_EXPORT_BATCH_SIZE=${maxExportBatchSize} is more than OTEL_BSP_MAX_QUEUE_SIZE; ${maxQueueSize} is used instead`,
  );
  return { maxQueueSize, maxExportBatchSize: maxQueueSize };
}

export function exports(env: Environment): boolean {
  const name = firstSet(env, 'OTEL_TRACES_EXPORTER') ?? 'otlp';
  if (name !== 'otlp' && name !== 'none')
    warn(`OTEL_TRACES_EXPORTER=${name} is not supported; spans are exported by otlp (the other choice is none)`);
  // dd-trace too takes `none` for its switch only where its own says nothing (its `src/index.js`).
  return name !== 'none' || isTrue(env.DD_TRACE_ENABLED);
}

function instrument(tracerProvider: NodeTracerProvider, env: Environment): void {
  registerInstrumentations({ tracerProvider, instrumentations: instrumentations(env) });
  patchForModules();
}

export function instrumentations(env: Environment): Instrumentation[] {
  const toApiGateway = booleanFrom(env, 'OTEL_DATADOG_API_GATEWAY_TRACE_HEADERS', false);
  const isUntraced = (headers: unknown, host: unknown) =>
    isAwsSdkRequest(headers) && !(toApiGateway && isApiGateway(host));
  const onSpan = destinationsFrom({ env }) && rememberHost;
  // Headers given as an array come out of contrib as an object with numbers for names.
  const isUntracedHttp = ({ headers, hostname, host }: RequestOptions) =>
    Array.isArray(headers) || isUntraced(headers, hostname ?? host);
  const ours = {
    http: () => new OutgoingHttpInstrumentation(isUntracedHttp, onSpan),
    undici: () =>
      new UndiciInstrumentation({
        ignoreRequestHook: ({ headers, origin }) => isUntraced(headers, origin),
        requestHook: (span, request) => {
          onSpan?.(span, new URL(request.origin).hostname);
          addContextOnce(request);
        },
      }),
    'aws-sdk': () => new AwsSdkInstrumentation(DECOY_HOOK),
    kafkajs: () => new KafkaInstrumentation(),
  };
  return [...chosenInstrumentations(env, ours, [LAMBDA]), awsWriter(env)];
}

/** An ES module's `import 'node:http'` goes through no hook, but it sees what the CommonJS one was patched to. */
export function patchForModules(): void {
  const require = createRequire(__filename);
  require('node:http');
  require('node:https');
  syncBuiltinESMExports();
}
