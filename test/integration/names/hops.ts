import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { type AgentSpan, accountOfAgent } from '../../peers/datadog-agent/datadog-agent.ts';
import { runNode } from '../run-node.ts';
import { Intake } from './intake.ts';

/** What Datadog shows of a span. */
export type Row = Pick<AgentSpan, 'name' | 'resource' | 'type'>;

/** By `<hop>: <operation name>`; of each operation a hop has one span. */
export type Rows = Map<string, Row>;

export interface Surroundings {
  /** For `--require`. */
  readonly preload: string;
  readonly env: Record<string, string>;
  /** Where every AWS client sends to. */
  readonly awsEndpoint: string;
  /** `127.0.0.1:PORT` */
  readonly broker: string;
}

/** The spans of every hop of `hops.cjs`, as they come out of the Agent's code. */
export async function rowsOfHops({ preload, env, awsEndpoint, broker }: Surroundings): Promise<Rows> {
  const topic = await newTopic(broker);
  const intake = await Intake.start();
  const application = runNode(
    ['--require', preload, join(import.meta.dirname, '../fixtures/hops.cjs'), broker, topic],
    {
      env: {
        AWS_ENDPOINT_URL: awsEndpoint,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'key',
        AWS_SECRET_ACCESS_KEY: 'secret',
        DD_TRACE_AGENT_URL: intake.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: intake.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        ...env,
      },
    },
  );
  const code = await application.end;
  intake.close();
  if (code !== 0) throw new Error(`the hops ended with ${code}: ${application.stderr}`);
  const spans: AgentSpan[] = [];
  for (const { body, format } of intake.requests) spans.push(...(await accountOfAgent(body, format)).kept);
  const hops = new Map(spans.filter(({ isRoot }) => isRoot).map(({ traceId, resource }) => [traceId, resource]));
  const rows: Rows = new Map();
  for (const { isRoot, traceId, name, resource, type } of spans) {
    if (isRoot) continue;
    const key = `${hops.get(traceId)}: ${name}`;
    if (rows.has(key)) throw new Error(`two spans of ${key}`);
    rows.set(key, { name, resource: resource.replace(topic, 'orders'), type });
  }
  return rows;
}

async function newTopic(broker: string): Promise<string> {
  const topic = `orders-${randomUUID()}`;
  const admin = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 20 } }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  return topic;
}
