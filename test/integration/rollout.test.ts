// The steps of docs/rollout.md, as it says them: what is sent on each of them, received on each.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Receiver } from '../../demo/receiver.ts';
import type { Span } from '../../demo/span.ts';
import { type ElasticMq, missingToolchain, startElasticMq } from '../peers/elasticmq/elasticmq.ts';
import { describeWithToolchain } from '../peers/toolchain.ts';
import { ROOT, runNode } from './run-node.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');

type Environment = Record<string, string>;

const STEPS: readonly Environment[] = environmentsIn(readFileSync(join(ROOT, 'docs/rollout.md'), 'utf8'));
const NUMBERS = STEPS.map((_, index) => index + 1);
const NAMED = 3;
const WRITING = [NAMED, 4];
const READING = [2, NAMED, 4];

/** The variables of each numbered section's block. */
function environmentsIn(page: string): Environment[] {
  return [...page.matchAll(/^## \d\. .*?```sh\n(.*?)```/gms)].map(([, block = '']) =>
    Object.fromEntries(
      block
        .trim()
        .split('\n')
        .map((line) => variableIn(line)),
    ),
  );
}

function variableIn(line: string): [name: string, value: string] {
  const [, name = '', value = ''] = /^(\w+)="?(.*?)"?$/.exec(line) ?? [];
  return [name, value];
}

test('the page has five steps, the second and the third between nothing and everything', () => {
  expect(STEPS).toHaveLength(5);
  expect(new Set(STEPS.map((step) => JSON.stringify(step))).size).toBe(4);
  for (const step of STEPS) expect(step.NODE_OPTIONS).toBe('--require otel-datadog-bridge/register');
});

describeWithToolchain('rollout', missingToolchain(), () => {
  let elasticMq: ElasticMq;
  let receiver: Receiver;
  let sqs: SQSClient;
  let environment: Environment;
  const spansOf = new Map<string, readonly Span[]>();
  const sentOn = new Map<number, unknown>();
  const handledOn = new Map<number, Handled[][]>();

  interface Handled {
    readonly body: string;
    readonly kind: string;
    readonly traceId?: string;
  }

  const queue = (name: string, sent: number, received: number) =>
    `${elasticMq.endpoint}/000000000000/${name}-${sent}-${received}`;
  /** Every queue is one pair's; the third step's globs are told of those that it names. */
  const named = (step: Environment): Environment =>
    step.OTEL_DATADOG_ENABLED_FOR === undefined
      ? step
      : { ...step, OTEL_DATADOG_ENABLED_FOR: `${step.OTEL_DATADOG_ENABLED_FOR}-*` };

  async function run(fixture: string, service: string, step: Environment, queues: string[]): Promise<string> {
    const spans = receiver.begin();
    const env = { ...environment, ...named(step), DD_SERVICE: service, QUEUE_URLS: queues.join(' ') };
    const application = runNode([join(FIXTURES, fixture)], { env });
    expect(await application.end, application.stderr).toBe(0);
    expect(application.stderr).toBe('');
    spansOf.set(service, spans);
    return application.stdout;
  }

  beforeAll(async () => {
    [elasticMq, receiver] = await Promise.all([startElasticMq(), Receiver.start()]);
    environment = {
      AWS_ENDPOINT_URL_SQS: elasticMq.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    };
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    sqs = new SQSClient({ endpoint: elasticMq.endpoint, region: 'us-east-1', credentials });
    for (const sent of NUMBERS) {
      for (const received of NUMBERS) {
        for (const name of ['orders', 'invoices']) {
          await sqs.send(new CreateQueueCommand({ QueueName: `${name}-${sent}-${received}` }));
        }
      }
    }
    const queues = (pairs: [number, number][]) =>
      pairs.flatMap((pair) => ['orders', 'invoices'].map((name) => queue(name, ...pair)));
    for (const [index, step] of STEPS.entries()) {
      const to = queues(NUMBERS.map((received) => [index + 1, received]));
      sentOn.set(index + 1, JSON.parse(await run('rollout-producer.cjs', `producer-${index + 1}`, step, to)));
    }
    for (const [index, step] of STEPS.entries()) {
      const from = queues(NUMBERS.map((sent) => [sent, index + 1]));
      handledOn.set(index + 1, JSON.parse(await run('rollout-worker.cjs', `worker-${index + 1}`, step, from)));
    }
  }, 120_000);
  afterAll(async () => {
    sqs?.destroy();
    await receiver?.close();
    await elasticMq?.close();
  });

  test.each(NUMBERS)('on step %i every send goes through, and its input stays as it is', (sent) => {
    const expected = { messages: 3, failed: 0, isUnchanged: true };
    expect(sentOn.get(sent)).toEqual(NUMBERS.flatMap(() => [expected, expected]));
  });

  test.each(NUMBERS)('on step %i there are spans where the page says so', (step) => {
    const isOn = READING.includes(step);
    expect((spansOf.get(`producer-${step}`) ?? []).length > 0).toBe(isOn);
    expect((spansOf.get(`worker-${step}`) ?? []).length > 0).toBe(isOn);
  });

  const pairs = NUMBERS.flatMap((sent) => NUMBERS.map((received) => ({ sent, received })));

  test.each(pairs)('what is sent on step $sent is handled on step $received as ever', ({ sent, received }) => {
    for (const offset of [0, 1]) {
      const handled = (handledOn.get(received)?.[2 * (sent - 1) + offset] ?? []).toSorted((one, other) =>
        one.body.localeCompare(other.body),
      );
      expect(handled.map(({ body, kind }) => `${body}, ${kind}`)).toEqual([
        'body a, kind a',
        'body b, kind b',
        'body single, kind single',
      ]);
      const isNamed = offset === 0;
      const writes = WRITING.includes(sent) && (sent !== NAMED || isNamed);
      const sentTraces = new Set((spansOf.get(`producer-${sent}`) ?? []).map(({ traceId }) => traceId));
      const isJoined = handled.map(({ traceId }) => traceId !== undefined && sentTraces.has(traceId));
      expect(isJoined).toEqual(handled.map(() => writes && READING.includes(received)));
      expect(handled.map(({ traceId }) => traceId !== undefined)).toEqual(
        handled.map(() => READING.includes(received)),
      );
    }
  });

  test('every message is handled once', async () => {
    for (const { sent, received } of pairs) {
      for (const name of ['orders', 'invoices']) {
        const QueueUrl = queue(name, sent, received);
        const AttributeNames: ('ApproximateNumberOfMessages' | 'ApproximateNumberOfMessagesNotVisible')[] = [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesNotVisible',
        ];
        const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
        expect(Object.values(Attributes ?? {})).toEqual(['0', '0']);
      }
    }
  });
});
