// The names that Datadog shows of our spans and of its tracers', for the same hops, as they come out of the Agent's own code.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Attributes, SpanKind } from '@opentelemetry/api';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lambdaInstrumentationConfig } from '../../src/consumers/lambda-instrumentation.ts';
import { DatadogSpanProcessor } from '../../src/index.ts';
import { tracedHandler } from '../../src/preload/lambda-invocation.ts';
import { messages, success } from '../peers/aws-api/answers.ts';
import { type AwsApi, startAwsApi } from '../peers/aws-api/server.ts';
import { accountOfAgent, builtAgent, missingToolchain } from '../peers/datadog-agent/datadog-agent.ts';
import { ExportingDatadogLambda } from '../peers/datadog-lambda-js/datadog-lambda-js.ts';
import { type Kafka, startKafka } from '../peers/kafka/kafka.ts';
import type { WireMessage } from '../peers/sqs-protocol.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import {
  NAMINGS,
  type Naming,
  newTopic,
  ourSide,
  type Row,
  type Rows,
  rowsOf,
  type Side,
  theirSide,
} from './names/rows.ts';
import { ROOT } from './run-node.ts';

const DOCS = readFileSync(join(ROOT, 'docs/naming.md'), 'utf8');

/** What is accepted to differ from dd-trace-js, by the name that the docs give the reason under. */
const DIFFERENCES = ['requests inside of AWS calls', 'types', 'work on a message'] as const;

/** OpenTelemetry's name of the system before and now, dd-trace's plugin, and what the Agent does not say as dd-trace does. */
const DATABASES: [system: string, now: string, plugin: string, other: { type?: string; resource?: string }][] = [
  ['postgresql', 'postgresql', 'pg', {}],
  ['mysql', 'mysql', 'mysql', {}],
  ['mariadb', 'mariadb', 'mariadb', {}],
  ['mssql', 'microsoft.sql_server', 'tedious', {}],
  ['oracle', 'oracle.db', 'oracledb', {}],
  ['cassandra', 'cassandra', 'cassandra-driver', {}],
  ['mongodb', 'mongodb', 'mongodb-core', { resource: 'find shop.orders' }],
  ['redis', 'redis', 'redis', {}],
  ['valkey', 'valkey', 'iovalkey', { type: 'valkey', resource: 'SELECT' }],
  ['memcached', 'memcached', 'memcached', { resource: 'find' }],
  ['elasticsearch', 'elasticsearch', 'elasticsearch', {}],
  ['opensearch', 'opensearch', 'opensearch', {}],
];
/** Nothing makes their statements anonymous, so that ours are no resources. */
const SEARCHES = ['elasticsearch', 'opensearch'];

describeWithToolchain('the names of spans', missingToolchain(), () => {
  let kafka: Kafka;
  let aws: AwsApi;
  let queued: WireMessage = { Body: '' };
  const named = new Map<Naming, Rows>();

  beforeAll(async () => {
    await builtAgent();
    kafka = await startKafka();
    aws = await startAwsApi((request) => {
      if (request.operation === 'ReceiveMessage') return messages(request, queued);
      if (request.operation === 'SendMessage') {
        const { MessageBody, MessageAttributes } = JSON.parse(request.body.toString());
        queued = { Body: MessageBody, MessageAttributes };
      }
      return success(request);
    });
  });
  afterAll(async () => {
    await Promise.all([kafka?.close(), aws?.close()]);
  });

  async function rowsOfHops({ preload, env }: Side): Promise<Rows> {
    const topic = await newTopic(kafka.broker, 'orders');
    const awsEnv = {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
    };
    const rows = await rowsOf({ preload, file: 'hops.cjs', argv: [kafka.broker, topic], env: { ...env, ...awsEnv } });
    for (const [key, row] of rows) if (row.resource === topic) rows.set(key, { ...row, resource: 'orders' });
    return rows;
  }

  test.each(NAMINGS)('are those of dd-trace, by %s', async (naming) => {
    const theirs = await rowsOfHops(theirSide(naming));
    theirs.set(INVOCATION, await theirInvocation(naming));
    const ours = await rowsOfHops(ourSide(naming));
    ours.set(INVOCATION, await ourInvocation(naming));

    expect(theirs.size).toBeGreaterThan(30);
    const seen = new Set<(typeof DIFFERENCES)[number]>();
    const expected: Rows = new Map();
    for (const [key, row] of theirs) {
      const isRequest = /^http\.(?:client\.)?request$/.test(row.name);
      if (isRequest && !/^(?:HTTP|fetch)/.test(key)) {
        seen.add('requests inside of AWS calls');
        continue;
      }
      let { resource, type } = row;
      if (row.name === 'aws.response') {
        seen.add('work on a message');
        resource = 'process orders';
        type ||= 'worker';
      }
      if (type === '') {
        seen.add('types');
        type = row.name.startsWith('kafka') ? 'queue' : 'http';
      }
      expected.set(key, { ...row, resource, type });
    }
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(expected));
    expect([...seen].sort()).toEqual([...DIFFERENCES]);
    named.set(naming, ours);
  });

  test('stand in the docs as they are', () => {
    const [v0, v1] = NAMINGS.map((naming) => [...(named.get(naming) as Rows)]);
    const lines = new Set<string>();
    for (const [key, row] of v0 ?? []) {
      const [hop] = key.split(': ') as [string];
      const title = row.name === 'aws.response' ? 'SQS, work on a message' : hop;
      const other = v1?.find(([otherKey, { resource, type }]) => {
        return otherKey.startsWith(`${hop}: `) && resource === row.resource && type === row.type;
      })?.[1];
      lines.add(`| ${title} | \`${row.name}\` | \`${other?.name}\` | \`${row.resource}\` | \`${row.type}\` |`);
    }
    expect(linesOfTable('hop')).toEqual([...lines].sort());
    for (const difference of DIFFERENCES) expect(DOCS).toContain(`**${difference}**`);
  });

  test.each(DATABASES)(
    'of %s (now %s) are those of dd-trace',
    async (system, systemNow, plugin, { type, resource }) => {
      const before = {
        'db.system': system,
        'db.operation': 'find',
        'db.statement': 'SELECT 1 FROM t',
        'db.name': 'shop',
        'db.mongodb.collection': 'orders',
      };
      const now = {
        'db.system.name': systemNow,
        'db.operation.name': 'find',
        'db.query.text': 'SELECT 1 FROM t',
        'db.namespace': 'shop',
        'db.collection.name': 'orders',
      };
      // What the Agent makes of it by itself, which is what dd-trace says where nothing else is said here.
      const plain = await rowOf(before);
      for (const naming of NAMINGS) {
        const row = {
          name: operationOf(plugin, naming),
          type: type ?? plain.type,
          resource: resource ?? plain.resource,
        };
        expect(await rowOf(before, naming)).toEqual(row);
        expect(await rowOf(now, naming)).toEqual(SEARCHES.includes(system) ? { ...row, resource: 'span' } : row);
      }
    },
  );

  test('of a connection to a database are left as they are', async () => {
    const connection = { 'db.system': 'postgresql', 'db.name': 'shop' };
    expect(await rowOf(connection, 'v0')).toEqual(await rowOf(connection));
  });
});

const INVOCATION = 'Lambda invocation: aws.lambda';

async function theirInvocation(naming: Naming): Promise<Row> {
  const lambda = await ExportingDatadogLambda.start({ DD_TRACE_SPAN_ATTRIBUTE_SCHEMA: naming });
  try {
    const spans = await lambda.invoke({});
    const { name = '', resource = '', type = '' } = spans.find((span) => span.name === 'aws.lambda') ?? {};
    return { name, resource, type };
  } finally {
    await lambda.close();
  }
}

async function ourInvocation(naming: Naming): Promise<Row> {
  const { tracer, row } = traced(naming);
  const handler = tracedHandler(async () => 'done', {
    tracer,
    hooks: lambdaInstrumentationConfig({}, { env: {} }),
    flush: async () => {},
    flushLast: async () => {},
    deadlineMarginMillis: 0,
  });
  await handler({}, { functionName: 'billing', awsRequestId: 'request' });
  return row();
}

/** Of one span, exported to the Agent; without a naming as the Agent names it by itself. */
function traced(naming?: Naming) {
  const exporter = new InMemorySpanExporter();
  const processor = new DatadogSpanProcessor({ operationNames: naming ?? false });
  const provider = new NodeTracerProvider({ spanProcessors: [processor, new SimpleSpanProcessor(exporter)] });
  return {
    tracer: provider.getTracer('test'),
    async row(): Promise<Row> {
      const request = JsonTraceSerializer.serializeRequest(exporter.getFinishedSpans());
      const [span] = (await accountOfAgent(request ?? new Uint8Array())).kept;
      if (span === undefined) throw new Error('the Agent keeps no span');
      const { name, resource, type } = span;
      return { name, resource, type };
    },
  };
}

function rowOf(attributes: Attributes, naming?: Naming): Promise<Row> {
  const { tracer, row } = traced(naming);
  tracer.startSpan('span', { kind: SpanKind.CLIENT, attributes }).end();
  return row();
}

const require = createRequire(import.meta.url);

function operationOf(plugin: string, naming: Naming): string {
  const schema = require(`dd-trace/packages/dd-trace/src/service-naming/schemas/${naming}`);
  return schema.getOpName('storage', 'client', plugin, {});
}

/** The lines of the docs' table whose first column is headed so, without the head. */
function linesOfTable(head: string): string[] {
  const lines = DOCS.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${head} |`));
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'));
  return lines.slice(start + 2, start + length).sort();
}
