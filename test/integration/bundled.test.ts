import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Queues, startQueues } from '../../demo/queues.ts';
import { Receiver } from '../../demo/receiver.ts';
import { SqsProtocol } from '../peers/sqs-protocol.ts';
import { REGISTER, runNode } from './run-node.ts';

const APPLICATION = join(import.meta.dirname, 'fixtures/bundled-application.mjs');
const MAX_ATTRIBUTES = 10;

interface Ids {
  readonly traceId: string;
  readonly spanId: string;
}
interface Output {
  readonly sent: Readonly<Record<string, Ids>>;
  readonly received: readonly { readonly body: string; readonly names: readonly string[]; readonly handled: Ids }[];
}

let queues: Queues;
let receiver: Receiver;
beforeAll(async () => {
  [queues, receiver] = await Promise.all([startQueues(), Receiver.start()]);
});
afterAll(() => Promise.all([queues.close(), receiver.close()]));

describe.each<[string, string, BuildOptions]>([
  ['24', 'as it is', {}],
  ['20', 'minified', { minify: true }],
  ['24', 'minified, of ES modules where there are some', { minify: true, mainFields: ['module', 'main'] }],
])('on Node %s an application in one file, %s,', (major, _name, options) => {
  let file: string;
  beforeAll(async () => {
    file = join(await mkdtemp(join(tmpdir(), 'otel-datadog-bridge-')), 'application.cjs');
    await build({
      entryPoints: [APPLICATION],
      bundle: true,
      platform: 'node',
      outfile: file,
      logLevel: 'error',
      ...options,
    });
    expect(await readdir(dirname(file))).toEqual(['application.cjs']);
  });
  afterAll(() => rm(dirname(file), { recursive: true }));

  /** Runs it; what it sent and received is one context for each message, that of the span it was sent in. */
  async function run(preload: string[], complaint = /^$/): Promise<Output> {
    const queueUrl = await new SqsProtocol(queues.env.AWS_ENDPOINT_URL_SQS ?? '').createQueue();
    const QUEUE_URL = queues.url(basename(queueUrl));
    const application = runNode([...preload, file], {
      major,
      cwd: dirname(file),
      env: {
        ...queues.env,
        QUEUE_URL,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
    });
    expect(await application.end).toBe(0);
    expect(application.stderr).toMatch(complaint);
    const output: Output = JSON.parse(application.stdout);
    expect(output.received.map(({ body }) => body).sort()).toEqual(Object.keys(output.sent).sort());
    for (const { body, names, handled } of output.received) {
      const own = Number(body.split(' ')[1]);
      const context = names.filter((name) => !name.startsWith('own-'));
      expect(context).toEqual(['_datadog', 'traceparent', 'tracestate'].slice(0, MAX_ATTRIBUTES - own));
      expect(handled.traceId === output.sent[body]?.traceId).toBe(own < MAX_ATTRIBUTES);
    }
    return output;
  }

  test('sends one context on each message, and asks for it', async () => {
    await run([]);
  });

  test('is in one trace with the preload, which cannot see the AWS SDK in it and tells of its second tracer', async () => {
    const spans = receiver.begin();
    const { sent, received } = await run(['--require', REGISTER], /starts an OpenTelemetry SDK of its own/);
    expect(new Set(spans.map(({ name }) => name.split(' ')[0]))).toEqual(new Set(['send', 'process']));
    expect(spans).toHaveLength(5 + received.length);
    for (const { body, handled } of received) {
      const span = spans.find(({ spanId }) => spanId === handled.spanId);
      expect(span?.parentSpanId).toBe(body.endsWith(' 10') ? undefined : sent[body]?.spanId);
    }
  });
});
