import { setTimeout as sleep } from 'node:timers/promises';
import { startEventSource } from './event-source.ts';
import { missingSpans } from './expected-spans.ts';
import { startQueues } from './queues.ts';
import type { Receiver } from './receiver.ts';
import { Service, type ServiceOptions } from './service.ts';
import type { Span } from './span.ts';

const ARRIVAL_MILLIS = 10_000;
const CHECK_MILLIS = 20;

export interface FleetOptions {
  readonly receiver: Receiver;
  /** With the bridge's preload in the two OpenTelemetry services, or with OpenTelemetry by itself. */
  readonly bridge: boolean;
  /** Node binary of the two OpenTelemetry services. Default: the one that runs this. */
  readonly node?: string;
  readonly progress?: (line: string) => void;
}

/** Starts the fleet, checks out once, and returns every span that arrived. */
export async function runFleet({
  receiver,
  bridge,
  node = process.execPath,
  progress = () => {},
}: FleetOptions): Promise<readonly Span[]> {
  await using parts = new AsyncDisposableStack();
  const spans = receiver.begin();
  const otlp = receiver.endpoint;
  progress('starting SQS');
  const queues = parts.adopt(await startQueues('orders', 'shipments'), (each) => each.close());

  const failures: Promise<never>[] = [];
  const start = async (options: ServiceOptions) => {
    const { service, firstLine } = await Service.start(options);
    parts.adopt(service, (each) => each.stop());
    failures.push(service.failure);
    return { service, url: /http:\S+/.exec(firstLine)?.[0] ?? '' };
  };
  const openTelemetry = (name: string) => ({
    name,
    node,
    env: { ...queues.env, ...(bridge ? withBridge(name, otlp) : withoutBridge(name, otlp)) },
  });
  const datadog = (name: string) => ({
    name,
    node: process.execPath,
    env: { ...queues.env, ...withDatadog(name, otlp) },
  });

  progress('starting warehouse, billing, shop and shipping');
  const ORDERS_QUEUE_URL = queues.url('orders');
  const SHIPMENTS_QUEUE_URL = queues.url('shipments');
  const warehouse = await start({ ...datadog('warehouse'), file: 'warehouse.cjs' });
  const billingOptions = datadog('billing');
  const shopOptions = openTelemetry('shop');
  const shippingOptions = openTelemetry('shipping');
  const [billing, shop] = await Promise.all([
    start({
      ...billingOptions,
      file: 'lambda-runtime.mjs',
      env: { ...billingOptions.env, ...LAMBDA, SHIPMENTS_QUEUE_URL },
    }),
    start({ ...shopOptions, file: 'shop.mjs', env: { ...shopOptions.env, ORDERS_QUEUE_URL } }),
    start({
      ...shippingOptions,
      file: bridge ? 'shipping.cjs' : 'shipping-without-bridge.cjs',
      env: { ...shippingOptions.env, SHIPMENTS_QUEUE_URL, WAREHOUSE_URL: warehouse.url },
    }),
  ]);
  const orders = parts.adopt(startEventSource(queues, 'orders', billing.service), (each) => each.stop());

  progress('POST /checkout');
  const response = await Promise.race([fetch(`${shop.url}/checkout`, { method: 'POST' }), ...failures]);
  if (response.status !== 202) throw new Error(`shop answered ${response.status}`);

  progress('waiting for the spans');
  await Promise.race([arrival(spans), orders.failure, ...failures]);
  // What is still on its way comes while the services end.
  await parts.disposeAsync();
  return spans;
}

async function arrival(spans: readonly Span[]): Promise<void> {
  const deadline = Date.now() + ARRIVAL_MILLIS;
  while (missingSpans(spans).length > 0 && Date.now() < deadline) await sleep(CHECK_MILLIS);
}

function withBridge(name: string, otlp: string): Record<string, string> {
  return {
    NODE_OPTIONS: '--require otel-datadog-bridge/register',
    DD_SERVICE: name,
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
    OTEL_BSP_SCHEDULE_DELAY: '100',
  };
}

function withoutBridge(name: string, otlp: string): Record<string, string> {
  return {
    NODE_OPTIONS: '--require ./services/opentelemetry.cjs',
    OTEL_SERVICE_NAME: name,
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
  };
}

function withDatadog(name: string, otlp: string): Record<string, string> {
  return {
    NODE_OPTIONS: '--require dd-trace/init',
    DD_SERVICE: name,
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${otlp}/v1/traces`,
    DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
    DD_REMOTE_CONFIGURATION_ENABLED: 'false',
    DD_TRACE_STARTUP_LOGS: 'false',
    DD_TRACE_DISABLED_PLUGINS: 'fs,dns',
  };
}

/** Datadog's layer for Lambda loads dd-trace itself. */
const LAMBDA = {
  NODE_OPTIONS: '',
  AWS_LAMBDA_FUNCTION_NAME: 'billing',
  LAMBDA_TASK_ROOT: `${import.meta.dirname}/services`,
  DD_LAMBDA_HANDLER: 'billing.handler',
  DD_COLD_START_TRACING: 'false',
};
