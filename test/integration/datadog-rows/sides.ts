import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messages, success } from '../../peers/aws-api/answers.ts';
import { type AwsApi, startAwsApi } from '../../peers/aws-api/server.ts';
import { DatadogLambda } from '../../peers/datadog-lambda-js/datadog-lambda-js.ts';
import { type Kafka, startKafka } from '../../peers/kafka/kafka.ts';
import { LambdaFunction } from '../../peers/lambda-runtime/lambda-runtime.ts';
import type { WireAttribute, WireMessage } from '../../peers/sqs-protocol.ts';
import { sqsEvent } from '../joins/events.ts';
import { Intake, type Received } from '../names/intake.ts';
import { newTopic, ourSide, type Side, theirSide } from '../names/rows.ts';
import { REGISTER, runNode } from '../run-node.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures');
const ARRIVAL_TRIES = 400;

/** What each hop continues: a span of a Datadog tracer's, in a trace that is kept by hand and has an origin. */
const PARENT = {
  'x-datadog-trace-id': '1000',
  'x-datadog-parent-id': '2389016664841884869',
  'x-datadog-sampling-priority': '2',
  'x-datadog-origin': 'synthetics',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000,_dd.p.dm=-4',
};
export const REMOTE_SPAN_ID = BigInt(PARENT['x-datadog-parent-id']).toString(16);

const SERVICE = { DD_SERVICE: 'shop', DD_ENV: 'staging', DD_VERSION: '1.2.3' };

/** What an application sent to its Agent, on each side. */
export interface Sent {
  readonly ours: readonly Received[];
  readonly theirs: readonly Received[];
}

/** Every hop under the preload and under dd-trace, in applications with the same `DD_SERVICE`. */
export async function sentOfHops(): Promise<Sent> {
  const queued: WireMessage[] = [];
  const [kafka, aws] = await Promise.all([startKafka(), startQueue(queued)]);
  try {
    const ours = [...(await hopsUnder(ourSide('v0'), kafka, aws)), ...(await ourInvocation())];
    queued.length = 0;
    const theirs = [...(await hopsUnder(theirSide('v0'), kafka, aws)), ...(await theirInvocation())];
    return { ours, theirs };
  } finally {
    await Promise.all([kafka.close(), aws.close()]);
  }
}

/** Answers every call. Who asks for one message gets the first that was sent, who asks for more gets all, the last one first. */
function startQueue(queued: WireMessage[]): Promise<AwsApi> {
  return startAwsApi((request) => {
    const input = () => JSON.parse(request.body.toString());
    switch (request.operation) {
      case 'ReceiveMessage':
        return messages(request, ...(input().MaxNumberOfMessages ? queued.toReversed() : queued.slice(0, 1)));
      case 'SendMessage':
        queued.push(wireMessage(input()));
        break;
      case 'SendMessageBatch':
        queued.push(...input().Entries.map(wireMessage));
    }
    return success(request);
  });
}

interface SentMessage {
  readonly MessageBody: string;
  readonly MessageAttributes?: Readonly<Record<string, WireAttribute>>;
}

function wireMessage({ MessageBody: Body, MessageAttributes = {} }: SentMessage): WireMessage {
  return { Body, MessageAttributes };
}

async function hopsUnder({ preload, env }: Side, kafka: Kafka, aws: AwsApi): Promise<Received[]> {
  const intake = await Intake.start();
  const topic = await newTopic(kafka.broker, 'orders');
  const application = runNode(['--require', preload, join(FIXTURES, 'hops.cjs'), kafka.broker, topic], {
    env: {
      ...SERVICE,
      ...destination(intake),
      ...env,
      HOPS_PARENT: JSON.stringify(PARENT),
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
    },
    timeoutMillis: 60_000,
  });
  const code = await application.end;
  intake.close();
  if (code !== 0) throw new Error(`hops.cjs ended with ${code}: ${application.stderr}`);
  return intake.requests;
}

/** The spans of an application go there, in the form that its tracer has. */
function destination({ url }: Intake): Record<string, string> {
  return { DD_TRACE_AGENT_URL: url, OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
}

/** Two messages of one batch, each from a trace of its own. */
function lambdaEvent(): unknown {
  const records = ['2000', '2001'].flatMap((id) => {
    const StringValue = JSON.stringify({ ...PARENT, 'x-datadog-trace-id': id });
    return sqsEvent({ Body: 'b', MessageAttributes: { _datadog: { DataType: 'String', StringValue } } }).Records;
  });
  return { Records: records };
}

async function ourInvocation(): Promise<Received[]> {
  const intake = await Intake.start();
  const env = { ...SERVICE, ...destination(intake), NODE_OPTIONS: `--require ${REGISTER}` };
  const lambda = await LambdaFunction.start({
    major: '24',
    handler: 'index.handler',
    taskRoot: join(FIXTURES, 'lambda'),
    env,
  });
  return invocation(intake, lambda);
}

async function theirInvocation(): Promise<Received[]> {
  const intake = await Intake.start();
  const env = { ...SERVICE, ...destination(intake), DD_TRACE_MANAGED_SERVICES: 'true', DD_FLUSH_TO_LOG: 'false' };
  const lambda = await DatadogLambda.start({ ...env, DD_TRACE_EXPERIMENTAL_EXPORTER: 'agent' });
  return invocation(intake, lambda);
}

async function invocation(
  intake: Intake,
  lambda: { invoke(event: unknown): Promise<unknown>; close(): Promise<void> },
): Promise<Received[]> {
  try {
    await lambda.invoke(lambdaEvent());
    for (let tries = 0; tries < ARRIVAL_TRIES && intake.requests.length === 0; tries++) await sleep(25);
    return intake.requests;
  } finally {
    await lambda.close();
    intake.close();
  }
}
