// What esbuild puts in the bridge's place: a service that has OpenTelemetry alone.
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';

const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];

export class DatadogPropagator extends CompositePropagator {
  constructor() {
    super({ propagators });
  }
}

export class DatadogSpanProcessor {
  onStart() {}
  onEnd() {}
  async forceFlush() {}
  async shutdown() {}
}

export const awsSdkPlugin = () => ({ applyToStack() {} });
