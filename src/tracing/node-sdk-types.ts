import type {
  Attributes,
  AttributeValue,
  Context,
  MeterProvider,
  TextMapPropagator,
  TracerProvider,
} from '@opentelemetry/api';
import type { Environment } from '../configuration/environment';
import type { ExportedSpan } from './sampled-export';
import type { DatadogSampler } from './sampler';
import type { DatadogSpanProcessorOptions, EndedSpan, ProcessedSpan } from './span-processor';

/** A span processor of either SDK line (2.x, 3.x). */
export interface SdkSpanProcessor {
  onStart(span: ProcessedSpan, parentContext: Context): void;
  onEnding?(span: ProcessedSpan): void;
  onEnd(span: EndedSpan & ExportedSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** A span exporter of either SDK line. */
export interface SdkSpanExporter {
  // biome-ignore lint/suspicious/noExplicitAny: the span that it reads is the SDK's.
  export(spans: any[], done: (result: { code: number; error?: Error }) => void): void;
  shutdown(): Promise<void>;
}

/** A resource of either SDK line. */
export interface SdkResource {
  readonly asyncAttributesPending?: boolean;
  readonly attributes: Attributes;
  readonly schemaUrl?: string;
  waitForAsyncAttributes?(): Promise<void>;
  merge(other: SdkResource | null): SdkResource;
  getRawAttributes(): [string, AttributeValue | undefined | Promise<AttributeValue | undefined>][];
}

/** An instrumentation of either SDK line. */
export interface SdkInstrumentation {
  instrumentationName: string;
  instrumentationVersion: string;
  enable(): void;
  disable(): void;
  setTracerProvider(tracerProvider: TracerProvider): void;
  setMeterProvider(meterProvider: MeterProvider): void;
  setConfig(config: { enabled?: boolean }): void;
  getConfig(): { enabled?: boolean };
}

export interface NodeSdkOptions {
  /** As that of `new DatadogSpanProcessor()`, with its default. */
  operationNames?: NonNullable<DatadogSpanProcessorOptions['operationNames']> | undefined;
  /** Default: `process.env`. */
  env?: Environment;
}

export interface ResolvedNodeSdkOptions extends NodeSdkOptions {
  env: Environment;
}

/** What is set for `NodeSDK` and for `startNodeSdk`. */
interface SharedParts {
  sampler?: Pick<DatadogSampler, 'shouldSample' | 'toString'>;
  spanProcessors?: SdkSpanProcessor[];
  instrumentations?: SdkInstrumentation[];
  metricReaders?: never[];
  logRecordProcessors?: never[];
}

/** What is set in the configuration of `NodeSDK`. */
export interface NodeSdkParts extends SharedParts {
  textMapPropagator?: TextMapPropagator | null;
  resource?: SdkResource;
}

/** What is set in the options of `startNodeSdk`. */
export interface StartNodeSdkParts extends SharedParts {
  propagators?: TextMapPropagator[];
  resourceAttributes?: Attributes;
}

/** What of a configuration is read. Where it speaks, it wins. */
export interface GivenParts {
  readonly sampler?: SharedParts['sampler'];
  readonly spanProcessors?: readonly SdkSpanProcessor[];
  readonly spanProcessor?: SdkSpanProcessor;
  readonly traceExporter?: SdkSpanExporter;
  readonly instrumentations?: readonly SdkInstrumentation[];
  readonly metricReaders?: unknown;
  readonly metricReader?: unknown;
  readonly logRecordProcessors?: unknown;
  readonly logRecordProcessor?: unknown;
}

export interface GivenNodeSdkParts extends GivenParts {
  readonly textMapPropagator?: TextMapPropagator | null;
  readonly resource?: SdkResource;
  readonly serviceName?: string;
}

export interface GivenStartParts extends GivenParts {
  readonly propagators?: readonly TextMapPropagator[];
  readonly resourceAttributes?: Attributes;
}

/** What the bundle behind `otel-datadog-bridge/node-sdk` exports to its types. */
export interface NodeSdkBundle {
  nodeSdkParts(given: GivenNodeSdkParts, options: ResolvedNodeSdkOptions): NodeSdkParts;
  startNodeSdkParts(given: GivenStartParts, options: ResolvedNodeSdkOptions): StartNodeSdkParts;
}
