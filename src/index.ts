export { type AwsMiddlewareStack, type AwsSdkPlugin, awsSdkPlugin } from './aws/plugin';
export { DatadogPropagator } from './carriers/datadog-propagator';
export { extractEventContext } from './consumers/lambda';
export { extractMessageContext, type MessageContextOptions, withMessageContext } from './consumers/message-context';
export { getExtractedLinks } from './propagation/extracted-links';
export {
  DatadogSpanProcessor,
  type DatadogSpanProcessorOptions,
  type EndedSpan,
  type ProcessedSpan,
} from './tracing/span-processor';
