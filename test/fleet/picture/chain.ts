import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { Receiver } from '../../../demo/receiver.ts';
import type { Span } from '../../../demo/span.ts';
import { DatadogLambdaPython } from '../../peers/datadog-lambda-python/datadog-lambda-python.ts';
import { goProgram, missingToolchain as missingGo } from '../../peers/fleet-go/fleet-go.ts';
import { missingToolchain as missingJava, ordersCommand } from '../../peers/fleet-java/fleet-java.ts';
import { missingToolchain as missingPhp, PHP_SERVICE } from '../../peers/fleet-php/fleet-php.ts';
import { startKafka } from '../../peers/kafka/kafka.ts';
import { missingPython, venvPython } from '../../peers/python-venv.ts';
import { SqsProtocol } from '../../peers/sqs-protocol.ts';
import { eventOf } from '../consumers/lambda.ts';
import { datadogEnv, openTelemetryEnv } from '../environment.ts';
import { javaEnv } from '../environment-java.ts';
import { example, NODE, nodeProject } from '../node-project.ts';
import { itemOf, newOrder } from '../order.ts';
import { freePort, Program } from '../program.ts';
import { ReadQueue } from '../queues.ts';
import { Running } from '../running.ts';
import { startServers } from '../servers.ts';
import { Shipping } from '../shipping.ts';

const PROGRAMS = join(import.meta.dirname, 'programs');
const PYTHON_PEER = join(import.meta.dirname, '../../peers/datadog-lambda-python');
const KAFKA_TOPIC = 'orders';
const SPANS_MILLIS = 60_000;
const LATE_MILLIS = 1_000;

/** The services in the order in which an order comes to them, each with its language and with what leads to it. */
export const CHAIN = [
  { service: 'shop', language: 'PHP', by: undefined },
  { service: 'orders', language: 'JavaScript', by: 'SQS' },
  { service: 'stock', language: 'Python', by: 'HTTP' },
  { service: 'pricing', language: 'Go', by: 'SNS' },
  { service: 'dispatch', language: 'Java', by: 'HTTP' },
  { service: 'tracking', language: 'JavaScript', by: 'EventBridge' },
  { service: 'billing', language: 'JavaScript', by: 'Kafka' },
  { service: 'receipts', language: 'Python', by: 'Lambda' },
] as const;

/** One sentence that names what the programs need and this machine lacks. */
export function missingForChain(): string | undefined {
  return missingPhp() ?? missingPython() ?? missingGo() ?? missingJava();
}

/** Sends one order through every program of the chain, and returns the spans of the trace that PHP has begun with it. */
export async function spansOfChain(): Promise<Span[]> {
  const running = new Running();
  const programs: Program[] = [];
  try {
    const [receiver, shipping, servers, kafka] = await Promise.all([
      Receiver.start().then(running.closed),
      Shipping.start().then(running.closed),
      startServers().then(running.closed),
      startKafka().then(running.closed),
    ]);
    await createTopic(kafka.broker);
    const spans = receiver.begin();
    const fleet = { aws: servers.env, otlp: receiver.endpoint, shipping: shipping.url('receipts') };
    const broker = { KAFKA_BROKER: kafka.broker, KAFKA_TOPIC };
    const [stockPort, dispatchPort, shopPort] = [await freePort(), await freePort(), await freePort()];
    const receipts = await servers.newQueue();
    const queueOf = (url: string) => ({ QUEUE_URL: url, AWS_ENDPOINT_URL_SQS: new URL(url).origin });

    const start = (command: string[], env: Record<string, string>, cwd: string) => {
      programs.push(running.closed(Program.start(command, { ...fleet.aws, ...env }, cwd)));
    };
    const serve = async (command: string[], env: Record<string, string>, cwd: string, port: number) => {
      programs.push(running.closed(await Program.listening(command, { ...fleet.aws, ...env }, cwd, port)));
    };
    const node = (preload: string, file: string) => [NODE, '--require', preload, file];
    const python = await venvPython('ddtrace', PYTHON_PEER);
    const folder = await nodeProject(PROGRAMS);

    const [receipt] = await Promise.all([
      DatadogLambdaPython.start({
        ...datadogEnv('receipts', fleet),
        DD_TRACE_AGENT_URL: receiver.endpoint,
        PYTHONPATH: example('datadog-lambda-python'),
        DD_LAMBDA_HANDLER: 'shipping.handler',
        SHIPPING_URL: fleet.shipping,
      }).then(running.closed),
      start(
        node('dd-trace/init', 'billing.cjs'),
        { ...datadogEnv('billing', fleet), ...broker, QUEUE_URL: receipts.url },
        folder,
      ),
      start(
        node('otel-datadog-bridge/register', 'tracking.cjs'),
        { ...openTelemetryEnv('tracking', fleet), ...broker, ...queueOf(servers.queues.event.url) },
        folder,
      ),
      serve(
        await ordersCommand('dd-java-agent'),
        javaEnv('dd-java-agent', 'dispatch', fleet),
        import.meta.dirname,
        dispatchPort,
      ),
      start(
        [await goProgram('worker')],
        {
          ...datadogEnv('pricing', fleet),
          ...queueOf(servers.queues.raw.url),
          SHIPPING_URL: `http://127.0.0.1:${dispatchPort}/event`,
        },
        import.meta.dirname,
      ),
      serve(
        [python, join(dirname(python), 'ddtrace-run'), python, 'stock.py'],
        { ...datadogEnv('stock', fleet), PYTHONDONTWRITEBYTECODE: '1' },
        PROGRAMS,
        stockPort,
      ),
      start(
        node('otel-datadog-bridge/register', 'worker.cjs'),
        { ...openTelemetryEnv('orders', fleet), SHIPPING_URL: `http://127.0.0.1:${stockPort}/orders` },
        await nodeProject(example('otel-node-worker')),
      ),
      serve(
        PHP_SERVICE,
        { DD_SERVICE: 'shop', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.endpoint}/v1/traces` },
        example('php-producer'),
        shopPort,
      ),
    ]);

    const item = itemOf(newOrder(1).id, 0);
    const response = await fetch(`http://127.0.0.1:${shopPort}/checkout`, {
      method: 'POST',
      body: JSON.stringify({ order: item }),
    });
    if (!response.ok) throw new Error(`the shop answers ${response.status}`);
    // What Lambda's own poller does.
    const queue = new ReadQueue(new SqsProtocol(new URL(receipts.url).origin), receipts.url);
    await receipt.invoke(eventOf(await queue.message(item)));
    return await wholeTrace(spans);
  } catch (error) {
    throw new Error([(error as Error).message, ...programs.map(({ output }) => output)].join('\n'), { cause: error });
  } finally {
    await running.close();
  }
}

async function createTopic(broker: string): Promise<void> {
  const admin = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: KAFKA_TOPIC, numPartitions: 1 }] });
  await admin.disconnect();
}

/** The shop's trace, once all services have a span in it, and every span its parent. */
async function wholeTrace(spans: readonly Span[]): Promise<Span[]> {
  const deadline = Date.now() + SPANS_MILLIS;
  for (;;) {
    const root = spans.find(({ service, parentSpanId }) => service === 'shop' && parentSpanId === undefined);
    const trace = spans.filter(({ traceId }) => traceId === root?.traceId);
    const missing = CHAIN.filter(({ service }) => !trace.some((span) => span.service === service));
    const ids = new Set(trace.map(({ spanId }) => spanId));
    const orphans = trace.filter((span) => span !== root && !ids.has(span.parentSpanId ?? ''));
    if (missing.length === 0 && orphans.length === 0) {
      await sleep(LATE_MILLIS);
      return spans.filter(({ traceId }) => traceId === root?.traceId);
    }
    if (Date.now() > deadline) {
      const whose = [...missing, ...orphans].map(({ service }) => service);
      throw new Error(`the trace is not whole: it lacks spans of ${whose.join(', ')}`);
    }
    await sleep(100);
  }
}
