export {
  type AwsInstrumentationHook,
  type AwsInstrumentationHooks,
  awsInstrumentationConfig,
} from './aws/instrumentation-config';
export { type AwsMiddlewareStack, type AwsSdkPlugin, awsSdkPlugin } from './aws/plugin';
export { DatadogPropagator } from './carriers/datadog-propagator';
export { type InjectMessageAttributesOptions, injectMessageAttributes } from './carriers/inject-message-attributes';
export type { MessageAttribute } from './carriers/message-attributes';
export type { AwsSdkPluginOptions, AwsService, BodyCarrier, SnsDataType } from './configuration/aws';
export type { ConsumerOptions, MessageLinks } from './configuration/consumers';
export type { DatadogPropagatorOptions, JudgeCarrier } from './configuration/propagation';
export type { DatadogSamplerOptions, SamplingRule } from './configuration/sampling';
export { type ExtractEventContextOptions, extractEventContext } from './consumers/lambda';
export {
  type LambdaInstrumentationHook,
  type LambdaInstrumentationHooks,
  lambdaInstrumentationConfig,
} from './consumers/lambda-instrumentation';
export {
  type ExtractMessageContextOptions,
  extractMessageContext,
  type MessageContextOptions,
  type MessageParent,
  withMessageContext,
} from './consumers/message-context';
export { getExtractedLinks } from './propagation/extraction';
export type { ExtractBehavior } from './propagation/propagation-settings';
export type { PropagationStyle } from './propagation/propagation-style';
export {
  type ExportedSpan,
  type ExportProcessor,
  SampledSpanProcessor,
  type SampledSpanProcessorOptions,
} from './tracing/sampled-export';
export { DatadogSampler, type SampledSpan } from './tracing/sampler';
export { setSamplingPriority } from './tracing/sampling-decision';
export {
  DatadogSpanProcessor,
  type DatadogSpanProcessorOptions,
  type EndedSpan,
  type ProcessedSpan,
} from './tracing/span-processor';
