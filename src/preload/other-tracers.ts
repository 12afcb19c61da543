import {
  InstrumentationBase,
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import { warnOnce } from '../configuration/warning';
import { isTracingRegistered, onRegistration } from './api-global';

const PROPAGATION = 'otel-datadog-bridge/register-propagation';
const BESIDE_DATADOG =
  'dd-trace traces this process too, so that each request and message has two spans: take dd-trace out, or otel-datadog-bridge';

/** @throws Error that says what to do, where another tracer runs in this process already: two of them would each have half of a trace. */
export function assertAlone(): void {
  if (isDatadogRunning()) {
    throw new Error('dd-trace runs in this process already, and joins OpenTelemetry by itself: preload one of the two');
  }
  if (isTracingRegistered()) {
    throw new Error(
      `the application has started an OpenTelemetry SDK of its own already: preload ${PROPAGATION} instead`,
    );
  }
}

/** From now on a tracer that starts beside ours is one warning. */
export function warnOfOtherTracers(): void {
  onRegistration(() => {
    // What is registered is not said before it is refused.
    if (!/setGlobalTracerProvider/.test(new Error().stack ?? '')) return;
    warnOnce(
      `the application starts an OpenTelemetry SDK of its own, which gets no spans, since otel-datadog-bridge/register has started one: preload ${PROPAGATION} instead`,
    );
  });
  warnOfDatadog();
}

export function warnOfDatadog(): void {
  if (isDatadogRunning()) warnOnce(BESIDE_DATADOG);
  else new DatadogTracerWatch();
}

/** Whether dd-trace has started, and not only been loaded. https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/proxy.js */
function isDatadogRunning(): boolean {
  const { _ddtrace } = globalThis as { _ddtrace?: { _tracingInitialized?: boolean } };
  return _ddtrace?._tracingInitialized === true;
}

/** The file that every way to dd-trace goes through. */
const DATADOG_FILE = 'dd-trace/packages/dd-trace/index.js';

class DatadogTracerWatch extends InstrumentationBase {
  constructor() {
    super('otel-datadog-bridge/dd-trace', '', {});
  }

  protected override init(): InstrumentationNodeModuleDefinition[] {
    const loaded = (tracer: unknown) => {
      warnOnce(BESIDE_DATADOG);
      return tracer;
    };
    const file = new InstrumentationNodeModuleFile(DATADOG_FILE, ['*'], loaded, () => {});
    return [new InstrumentationNodeModuleDefinition('dd-trace', ['*'], undefined, undefined, [file])];
  }
}
