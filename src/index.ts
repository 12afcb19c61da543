export { type AwsMiddlewareStack, type AwsSdkPlugin, awsSdkPlugin } from './aws/plugin';
export { DatadogPropagator } from './carriers/datadog-propagator';
export type { DatadogPropagatorOptions, JudgeCarrier } from './configuration/propagation';
export { extractEventContext } from './consumers/lambda';
export { extractMessageContext, type MessageContextOptions, withMessageContext } from './consumers/message-context';
export { getExtractedLinks } from './propagation/extraction';
export type { ExtractBehavior } from './propagation/propagation-settings';
export type { PropagationStyle } from './propagation/propagation-style';
export {
  DatadogSpanProcessor,
  type DatadogSpanProcessorOptions,
  type EndedSpan,
  type ProcessedSpan,
} from './tracing/span-processor';
