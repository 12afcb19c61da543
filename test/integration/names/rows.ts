import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Kafka as KafkaClient, logLevel } from 'kafkajs';
import { type AgentSpan, accountOfAgent } from '../../peers/datadog-agent/datadog-agent.ts';
import { QUIET_TRACER } from '../../peers/dd-trace-js/remote-parent.ts';
import { REGISTER, runNode } from '../run-node.ts';
import { Intake } from './intake.ts';

/** What Datadog shows of a span. */
export type Row = Pick<AgentSpan, 'name' | 'resource' | 'type'>;

/** By `<hop>: <operation name>`; of each operation a hop has one span. */
export type Rows = Map<string, Row>;

export const NAMINGS = ['v0', 'v1'] as const;
export type Naming = (typeof NAMINGS)[number];

/** What traces an application. */
export interface Side {
  /** For `--require`. */
  readonly preload: string;
  readonly env: Record<string, string>;
}

export function theirSide(naming: Naming): Side {
  const env = { ...QUIET_TRACER, DD_TRACE_DISABLED_PLUGINS: 'fs,dns,net', DD_TRACE_SPAN_ATTRIBUTE_SCHEMA: naming };
  return { preload: 'dd-trace/init', env };
}

export function ourSide(naming: Naming): Side {
  return { preload: REGISTER, env: { OTEL_DATADOG_OPERATION_NAMES: naming } };
}

/** An application that makes hops, each in a trace of its own whose first span has the hop's name. */
export interface Application extends Side {
  /** Of `../fixtures`. */
  readonly file: string;
  readonly argv: readonly string[];
}

/** The spans of every hop, but for the first of each, as they come out of the Agent's code. */
export async function rowsOf({ preload, file, argv, env }: Application): Promise<Rows> {
  const intake = await Intake.start();
  const application = runNode(['--require', preload, join(import.meta.dirname, '../fixtures', file), ...argv], {
    env: {
      DD_TRACE_AGENT_URL: intake.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: intake.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      ...env,
    },
  });
  const code = await application.end;
  intake.close();
  if (code !== 0) throw new Error(`${file} ended with ${code}: ${application.stderr}`);
  const spans: AgentSpan[] = [];
  for (const { body, format } of intake.requests) spans.push(...(await accountOfAgent(body, format)).kept);
  const hops = new Map(spans.filter(({ isRoot }) => isRoot).map(({ traceId, resource }) => [traceId, resource]));
  const rows: Rows = new Map();
  for (const { isRoot, traceId, name, resource, type } of spans) {
    if (isRoot) continue;
    const key = `${hops.get(traceId)}: ${name}`;
    if (rows.has(key)) throw new Error(`two spans of ${key}`);
    rows.set(key, { name, resource, type });
  }
  return rows;
}

/** A topic of its own whose name begins so. */
export async function newTopic(broker: string, name: string): Promise<string> {
  const topic = `${name}-${randomUUID()}`;
  const kafka = new KafkaClient({ brokers: [broker], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 20 } });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  return topic;
}
