import { SpanKind } from '@opentelemetry/api';
import type { Span, SpanProcessor } from '@opentelemetry/sdk-trace-node';

const KINDS: Readonly<Record<SpanKind, string>> = {
  [SpanKind.INTERNAL]: 'internal',
  [SpanKind.SERVER]: 'server',
  [SpanKind.CLIENT]: 'client',
  [SpanKind.PRODUCER]: 'producer',
  [SpanKind.CONSUMER]: 'consumer',
};

/**
 * Says again in a span's attributes what Datadog's Lambda extension reads from nowhere else: its kind, and the version of the service.
 * https://github.com/DataDog/datadog-lambda-extension
 */
export class ExtensionAttributes implements SpanProcessor {
  onStart(span: Span): void {
    span.setAttribute('span.kind', KINDS[span.kind]);
    const version = span.resource.attributes['service.version'];
    if (version !== undefined) span.setAttribute('version', version);
  }

  onEnd(): void {}

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}
