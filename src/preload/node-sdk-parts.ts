import type { Attributes } from '@opentelemetry/api';
import { detectResources, envDetector } from '@opentelemetry/resources';
import type { SpanExporter } from '@opentelemetry/sdk-trace-node';
import { DatadogPropagator } from '../carriers/datadog-propagator';
import { type Environment, firstSet } from '../configuration/environment';
import { checkOpenTelemetryVariables } from '../configuration/opentelemetry';
import { warnOnce } from '../configuration/warning';
import type {
  GivenParts,
  NodeSdkBundle,
  NodeSdkParts,
  ResolvedNodeSdkOptions,
  SdkInstrumentation,
  SdkSpanExporter,
  SdkSpanProcessor,
} from '../tracing/node-sdk-types';
import { otlpDestination } from '../tracing/otlp';
import { datadogResourceAttributes, SERVICE_NAME } from '../tracing/resource';
import { DatadogSampler } from '../tracing/sampler';
import { DatadogSpanProcessor } from '../tracing/span-processor';
import { awsWriter } from './aws-writer';
import { nodeSdkResource, withoutServiceName } from './node-sdk-resource';
import {
  exportBatches,
  exportInBatches,
  exports,
  type IsExported,
  instrumentations,
  namedByPlace,
  patchForModules,
  sampledExport,
} from './start';

export const nodeSdkParts: NodeSdkBundle['nodeSdkParts'] = (given, options) => {
  const { env } = options;
  checkOpenTelemetryVariables(env, 'NodeSDK');
  const datadog = datadogResourceAttributes(env);
  const above = given.serviceName === undefined ? datadog : withoutServiceName(datadog);
  const service = given.serviceName ?? resourceAttributes(env)[SERVICE_NAME]?.toString();
  return {
    ...sharedParts(given, options, service),
    textMapPropagator: given.textMapPropagator === undefined ? new DatadogPropagator({ env }) : given.textMapPropagator,
    resource: nodeSdkResource(given.resource, namedByPlace(env), above),
  };
};

export const startNodeSdkParts: NodeSdkBundle['startNodeSdkParts'] = (given, options) => {
  const { env } = options;
  const file = firstSet(env, 'OTEL_CONFIG_FILE');
  if (file !== undefined) {
    warnOnce(
      `OTEL_CONFIG_FILE=${file}: startNodeSdk takes all but instrumentations from the file, and nothing of Datadog's from startNodeSdkOptions(); ` +
        'preload otel-datadog-bridge/register-propagation instead',
    );
    return {};
  }
  checkOpenTelemetryVariables(env, 'startNodeSdk');
  const attributes = { ...resourceAttributes(env), ...given.resourceAttributes };
  return {
    ...sharedParts(given, options, attributes[SERVICE_NAME]?.toString()),
    propagators: given.propagators === undefined ? [new DatadogPropagator({ env })] : [...given.propagators],
    resourceAttributes: attributes,
  };
};

/** As the preload has them. */
function resourceAttributes(env: Environment): Attributes {
  const { attributes } = detectResources({ detectors: [envDetector] });
  return { ...namedByPlace(env), ...attributes, ...datadogResourceAttributes(env) };
}

function sharedParts(given: GivenParts, options: ResolvedNodeSdkOptions, service: string | undefined): NodeSdkParts {
  const { env } = options;
  return {
    sampler: given.sampler ?? new DatadogSampler({ env, service }),
    spanProcessors: spanProcessors(given, options),
    instrumentations: allInstrumentations(given.instrumentations, env),
    ...(!(given.metricReaders ?? given.metricReader ?? isSent(env, 'METRICS')) && { metricReaders: [] }),
    ...(!(given.logRecordProcessors ?? given.logRecordProcessor ?? isSent(env, 'LOGS')) && { logRecordProcessors: [] }),
  };
}

/** Whether the environment says where metrics or logs go. Without a word the SDK would send them to this host each minute, the Agent's or not. */
function isSent(env: Environment, signal: 'METRICS' | 'LOGS'): boolean {
  const names = [`OTEL_${signal}_EXPORTER`, `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`, 'OTEL_EXPORTER_OTLP_ENDPOINT'];
  return firstSet(env, ...names) !== undefined;
}

function spanProcessors(given: GivenParts, { env, operationNames }: ResolvedNodeSdkOptions): SdkSpanProcessor[] {
  const theirs = given.spanProcessors ?? (given.spanProcessor && [given.spanProcessor]);
  // With none of them there are to be no spans.
  if (theirs?.length === 0) return [];
  const isThere = theirs?.some((processor) => processor.constructor?.name === DatadogSpanProcessor.name);
  const datadog = isThere ? [] : [new DatadogSpanProcessor({ operationNames, env })];
  return [...datadog, ...(theirs ?? exporting(given.traceExporter, env))];
}

function exporting(exporter: SdkSpanExporter | undefined, env: Environment): SdkSpanProcessor[] {
  if (exporter === undefined && !exports(env)) return [];
  const batches = (isExported: IsExported) =>
    exporter === undefined
      ? exportInBatches(otlpDestination(env), env, isExported)
      : exportBatches({ ...onlyOne(exporter), isExported }, env);
  return [sampledExport(env, batches) as SdkSpanProcessor];
}

/** One exporter for both of what the batches have, shut down once. */
function onlyOne(exporter: SdkSpanExporter): { exporter: SpanExporter; lastExporter: SpanExporter; url: string } {
  const lastExporter: SpanExporter = {
    export: (spans, done) => exporter.export(spans, done),
    shutdown: async () => {},
  };
  return { exporter, lastExporter, url: exporter.constructor?.name ?? 'the exporter' };
}

function allInstrumentations(given: readonly SdkInstrumentation[] | undefined, env: Environment): SdkInstrumentation[] {
  if (given !== undefined) return [...given, awsWriter(env)];
  const ours = instrumentations(env);
  patchForModules();
  return ours;
}
