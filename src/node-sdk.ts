import { isTracingOn } from './configuration/environment';
import { firstLineOf, warnOnce } from './configuration/warning';
import type {
  GivenNodeSdkParts,
  GivenStartParts,
  NodeSdkBundle,
  NodeSdkOptions,
  NodeSdkParts,
  ResolvedNodeSdkOptions,
  StartNodeSdkParts,
} from './tracing/node-sdk-types';

export type {
  NodeSdkOptions,
  NodeSdkParts,
  SdkInstrumentation,
  SdkResource,
  SdkSpanProcessor,
  StartNodeSdkParts,
} from './tracing/node-sdk-types';

/**
 * The configuration with which `@opentelemetry/sdk-node`, 2.x or 3.x, traces as the preload does: `new NodeSDK(nodeSdkConfiguration()).start()`.
 *
 * - Datadog's propagator, `DatadogSampler`, `DatadogSpanProcessor`, and export by OTLP to the Agent, by the preload's variables; what waits is also sent
 *   when the process ends.
 * - The resource has what `NodeSDK` detects, and what `DD_*` say above that.
 * - The context on what the AWS SDK's clients send; spans for HTTP, `fetch` and the AWS SDK, where no `instrumentations` are given.
 * - Metrics and logs are off, unless the environment says where they go (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_METRICS_EXPORTER`, …) or the configuration does.
 *
 * What the given configuration says is kept, and wins. Its `traceExporter` exports in the place of ours; beside its `spanProcessors` there is
 * `DatadogSpanProcessor` alone, and they export. With `DD_TRACE_ENABLED=false` nothing is traced.
 *
 * Whatever goes wrong is one warning, and the given configuration stays as it is.
 */
export function nodeSdkConfiguration<Configuration extends object = object>(
  configuration?: Configuration,
  options: NodeSdkOptions = {},
): Omit<Configuration, keyof NodeSdkParts> & NodeSdkParts {
  const off: NodeSdkParts = { textMapPropagator: null, spanProcessors: [], instrumentations: [] };
  const make = (all: ResolvedNodeSdkOptions) => bundle().nodeSdkParts((configuration ?? {}) as GivenNodeSdkParts, all);
  return withParts(configuration ?? ({} as Configuration), options, off, make);
}

/**
 * The same for `startNodeSdk(startNodeSdkOptions())` of 3.x, which has no `traceExporter`. Where `OTEL_CONFIG_FILE` is set, `startNodeSdk` reads that
 * and nothing of this: one warning.
 */
export function startNodeSdkOptions<StartOptions extends object = object>(
  startOptions?: StartOptions,
  options: NodeSdkOptions = {},
): Omit<StartOptions, keyof StartNodeSdkParts> & StartNodeSdkParts {
  const off: StartNodeSdkParts = { propagators: [], spanProcessors: [], instrumentations: [] };
  const make = (all: ResolvedNodeSdkOptions) =>
    bundle().startNodeSdkParts((startOptions ?? {}) as GivenStartParts, all);
  return withParts(startOptions ?? ({} as StartOptions), options, off, make);
}

function withParts<Given extends object, Parts extends object>(
  given: Given,
  { env = process.env, operationNames }: NodeSdkOptions,
  off: Parts,
  make: (options: ResolvedNodeSdkOptions) => Parts,
): Omit<Given, keyof Parts> & Parts {
  try {
    return { ...given, ...(isTracingOn(env) ? make({ env, operationNames }) : off) };
  } catch (error) {
    warnOnce(`the SDK starts without Datadog's parts: ${firstLineOf(error)}`);
    return { ...given, ...({} as Parts) };
  }
}

// Not `typeof import()`: the types of what it is made of are not those of the API alone.
function bundle(): NodeSdkBundle {
  return require('./preload/node-sdk-parts') as NodeSdkBundle;
}
