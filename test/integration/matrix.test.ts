// The chain from Datadog's headers over HTTP and SQS to a worker, on every Node, beside every SDK, in both module systems.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Receiver } from '../../demo/receiver.ts';
import type { Span } from '../../demo/span.ts';
import { nodeBinary, nodeVersion } from '../node/node-binary.mjs';
import { type Fauxqs, startFauxqs } from '../peers/fauxqs/fauxqs.ts';
import { type NpmPeer, npmProject } from '../peers/npm-project.ts';
import { runNode } from './run-node.ts';

const MAJORS = ['20', '22', '24', '26'];
const FROM_DATADOG = {
  'x-datadog-trace-id': '549189452716916284',
  'x-datadog-parent-id': '2389016664841884869',
  'x-datadog-sampling-priority': '2',
  'x-datadog-tags': '_dd.p.tid=6b0305aa00000000,_dd.p.dm=-4',
};
const TRACE_ID = '6b0305aa00000000079f1ce5c3953e3c';
const PARENT_SPAN_ID = '21277dffc66394c5';

interface Sdk {
  readonly name: string;
  readonly peer: NpmPeer;
  readonly majors: readonly string[];
  /** How it is loaded, and the application with it. */
  readonly ways: readonly { readonly by: string; readonly args: readonly string[]; readonly application: string }[];
}

const NODE_SDK = [
  { by: '/node-sdk', args: ['--require', './datadog-node-sdk.cjs'], application: 'chain.cjs' },
  { by: '/node-sdk', args: ['--import', './datadog-node-sdk.mjs'], application: 'chain.mjs' },
  {
    by: '/register-propagation',
    args: ['--require', 'otel-datadog-bridge/register-propagation', '--require', './node-sdk.cjs'],
    application: 'chain.cjs',
  },
];
const SDKS: readonly Sdk[] = [
  {
    name: 'none',
    peer: 'opentelemetry-sdk-2',
    majors: MAJORS,
    ways: [
      { by: '/register', args: ['--require', 'otel-datadog-bridge/register'], application: 'chain.cjs' },
      { by: '/register', args: ['--import', 'otel-datadog-bridge/register'], application: 'chain.mjs' },
    ],
  },
  { name: '2.x', peer: 'opentelemetry-sdk-2', majors: MAJORS, ways: NODE_SDK },
  { name: '3.x', peer: 'opentelemetry-sdk-3', majors: MAJORS.slice(1), ways: NODE_SDK },
];
const CELLS = MAJORS.flatMap((major) =>
  SDKS.filter(({ majors }) => majors.includes(major)).flatMap(({ name, peer, ways }) =>
    ways.map(({ by, args, application }) => {
      const modules = application.endsWith('.mjs') ? 'ES module' : 'CommonJS';
      return {
        title: `Node ${major}, SDK ${name}, ${by}, ${modules}`,
        service: `${major} ${name} ${by} ${modules}`,
        major,
        peer,
        args,
        application,
      };
    }),
  ),
);

let receiver: Receiver;
let spans: readonly Span[];
let fauxqs: Fauxqs;
let sqs: SQSClient;
const projects = new Map<NpmPeer, string>();
const passed = new Set<string>();

beforeAll(async () => {
  receiver = await Receiver.start();
  spans = receiver.begin();
  fauxqs = await startFauxqs();
  sqs = new SQSClient(fauxqs.clientConfig);
  for (const { peer } of SDKS) {
    if (!projects.has(peer)) {
      projects.set(peer, await npmProject({ peer, application: join(import.meta.dirname, 'fixtures/beside-sdk') }));
    }
  }
}, 600_000);
afterAll(async () => {
  const line = ({ title }: { title: string }) => `${passed.has(title) ? 'passes' : 'FAILS '}  ${title}`;
  console.log(CELLS.map(line).join('\n'));
  sqs.destroy();
  await Promise.all([receiver.close(), fauxqs.close()]);
  for (const folder of projects.values()) await rm(folder, { recursive: true, force: true });
});

test.each(MAJORS)('Node %s is that one', (major) => {
  expect(nodeVersion(nodeBinary(major))).toMatch(new RegExp(`^v${major}\\.`));
});

describe.concurrent('the chain', () => {
  test.for(CELLS)('$title', async ({ title, service, major, peer, args, application }, { expect }) => {
    const QueueName = fauxqs.newName();
    await sqs.send(new CreateQueueCommand({ QueueName }));
    const run = runNode([...args, application], {
      major,
      cwd: projects.get(peer) ?? '',
      env: {
        QUEUE_URL: fauxqs.queueUrl(QueueName),
        SQS_ENDPOINT: fauxqs.clientConfig.endpoint,
        OTEL_SERVICE_NAME: service,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
        OTEL_BSP_SCHEDULE_DELAY: '50',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        // The others ask clouds for their metadata.
        OTEL_NODE_RESOURCE_DETECTORS: 'env',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
    });
    const url = await run.printed(/listens on (\S+)/);
    expect(await (await fetch(url, { headers: FROM_DATADOG })).text()).toBe('sent');
    await run.printed(/works/);
    const own = () => spans.filter((span) => span.service === service && span.traceId === TRACE_ID);
    const find = (kind: string) =>
      own().find((span) => span.kind === kind && span.attributes['operation.name'] !== 'aws.sqs');
    await expect.poll(() => find('CONSUMER'), { timeout: 10_000 }).toBeDefined();
    await expect.poll(() => find('PRODUCER'), { timeout: 10_000 }).toBeDefined();
    await expect
      .poll(() => own().some(({ parentSpanId }) => parentSpanId === PARENT_SPAN_ID), { timeout: 10_000 })
      .toBe(true);
    run.child.kill('SIGKILL');
    await run.end;
    expect(run.stderr).toBe('');
    const send = find('PRODUCER');
    const ancestors = [];
    for (
      let span = find('CONSUMER');
      span !== undefined;
      span = own().find(({ spanId }) => spanId === span?.parentSpanId)
    ) {
      ancestors.push(span.kind);
    }
    expect(ancestors.at(0)).toBe('CONSUMER');
    expect(ancestors.slice(-2)).toEqual(['PRODUCER', 'SERVER']);
    expect(own().find(({ spanId }) => spanId === send?.parentSpanId)).toMatchObject({
      kind: 'SERVER',
      parentSpanId: PARENT_SPAN_ID,
    });
    passed.add(title);
  });
});
